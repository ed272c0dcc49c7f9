// How a CPU goes to sleep and wakes up where C-states are modelled.
#include "models/core/cpu.h"
#include "models/core/cpuid.h"
#include "models/core/msr.h"

namespace apicsim {

CState Cpu::requested_state() const {
  if (!idle()) return CState::c0;
  const bool promote = power_control(*this) & power_ctl_c1e;
  if (activity == Activity::halted) return halt_state(promote);
  return mwait_state(mwait_hint, cpuid_of_model(m_environment.model, 5, 0).edx, promote);
}

/// What ends HLT and MWAIT: SDM Vol. 2 (HLT, MWAIT). SIPI is not among it.
bool Cpu::break_event() const {
  return (m_apic.init_pending() && !smm.active) || deliverable() || masked_interrupt_ends_mwait() ||
         monitor_ends_mwait();
}

/// A turn of an idle CPU: falls asleep, unless a break event is there already; begins the exit at a
/// break event; false once the exit is over. States of cores and packages depend on the order in
/// which CPUs come and go, so a CPU falls asleep only when it is the earliest.
bool Cpu::stays_asleep() {
  PowerModel& power = *m_environment.power;
  if (!asleep) {
    if (break_event()) return false;
    if (cycle > m_exact_until) return true;
    power.enter(m_number, {requested_state(), package_limit(package_cst_config(*this))}, cycle);
    asleep = true;
    wake_at = never;
    return true;
  }
  if (wake_at == never) {
    if (!break_event()) return true;
    wake_at = power.wake(m_number, cycle);
  }
  if (cycle < wake_at) return true;
  asleep = false;
  wake_at = never;
  return false;
}

// --- MONITOR (SDM Vol. 2) -----------------------------------------------------------------------

void Cpu::arm_monitor(u64 physical) {
  monitor_address = physical & ~(MonitorTable::line_size - 1);
  monitor_armed = true;
  if (m_environment.monitors) m_environment.monitors->arm(m_number, physical);
}

void Cpu::disarm_monitor() {
  if (!monitor_armed) return;
  monitor_armed = false;
  if (m_environment.monitors) m_environment.monitors->disarm(m_number);
}

}  // namespace apicsim

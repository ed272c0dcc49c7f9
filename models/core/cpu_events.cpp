// What a CPU takes at an instruction boundary, in the order of SDM Vol. 3 table 6-2.
#include "models/core/cpu.h"

namespace apicsim {

// --- what is due --------------------------------------------------------------------------------

bool Cpu::interrupt_deliverable() const {
  return (system_flags & rflags::interrupt) &&
         (m_apic.interrupt_pending() || m_apic.ext_int_pending());
}

/// MWAIT with ECX[0]: SDM Vol. 2, MWAIT.
bool Cpu::masked_interrupt_ends_mwait() const {
  return activity == Activity::mwait && mwait_breaks_on_masked &&
         (m_apic.interrupt_pending() || m_apic.ext_int_pending());
}

/// Anything but an INIT that the CPU takes once no shadow holds it back.
bool Cpu::deliverable() const {
  return machine_check_due || debug_trap_due() || nmi_deliverable() || smi_deliverable() ||
         interrupt_deliverable();
}

// --- taking it ----------------------------------------------------------------------------------

/// The shadow that the instruction before has left; it lasts for one boundary. The second of two
/// stack loads in a row casts none, so that no code keeps events away for ever (SDM Vol. 3 §6.8.3).
Cpu::Shadow Cpu::step_out_of_shadow() {
  if (APICSIM_LIKELY(!interrupt_shadow)) {
    m_stack_loaded = false;
    return Shadow::none;
  }
  interrupt_shadow = false;
  if (!debug_suppressed) {
    m_stack_loaded = false;
    return Shadow::sti;
  }
  if (m_stack_loaded) {
    m_stack_loaded = debug_suppressed = false;
    return Shadow::none;
  }
  m_stack_loaded = true;
  return Shadow::stack_load;
}

/// The instruction behind the shadow could not be executed yet.
void Cpu::step_back_into(Shadow shadow) {
  if (shadow == Shadow::none) return;
  interrupt_shadow = true;
  debug_suppressed = shadow == Shadow::stack_load;
  m_stack_loaded = false;
}

/// The same behind a turn that may have executed others before it. An IRET that waits for its turn
/// has not unblocked NMI yet.
void Cpu::step_back_to(const Boundary& boundary) {
  nmi_blocked = boundary.nmi_blocked;
  if (rip != boundary.rip) return;
  step_back_into(boundary.shadow);
  in_repeat = boundary.in_repeat;
}

/// SDM Vol. 3 table 6-2: machine check, trap of a task switch, SMI, INIT, traps of the instruction
/// before, NMI, maskable interrupts. RESET comes from outside. Between SMI and INIT, which share a
/// class, SMI comes first; STI and stack loads hold back SMI and NMI, too, as the manual allows
/// (SDM Vol. 2, STI; Vol. 3 §24.4.2, "Blocking by MOV SS"). False: the CPU has to be the earliest
/// one for it.
bool Cpu::take_events(Shadow shadow) {
  if (m_apic.next_event() <= cycle) m_apic.advance(cycle);
  if (m_environment.power && idle() && stays_asleep()) return true;
  const bool open = shadow == Shadow::none;
  if (APICSIM_UNLIKELY(machine_check_due) && activity != Activity::wait_for_start_up)
    return take_machine_check();
  if (pending_debug & task_switch_trap) return take_debug_trap();
  if (open && smi_deliverable()) return take_smi();
  if (m_apic.init_pending() && !smm.active) return take_init();
  if (activity == Activity::wait_for_start_up) return take_start_up();
  m_apic.clear_start_up();  // a CPU that is not waiting for it ignores SIPI
  if (activity == Activity::shutdown) return true;
  if (debug_trap_due()) return take_debug_trap();
  if (open && nmi_deliverable()) return take_nmi();
  if (open && interrupt_deliverable()) return take_interrupt();
  if (masked_interrupt_ends_mwait() || monitor_ends_mwait()) end_mwait();
  return true;
}

bool Cpu::take_init() {
  m_apic.clear_init();
  init();
  return true;
}

bool Cpu::take_start_up() {
  if (const auto vector = m_apic.start_up_vector()) {
    m_apic.clear_start_up();
    start_up(*vector);
  }
  return true;
}

bool Cpu::take_debug_trap() {
  if (waits_for_turn()) return false;
  deliver(Fault::simple(vector::debug), EventKind::exception, rip);
  return true;
}

bool Cpu::take_nmi() {
  if (waits_for_turn()) return false;
  m_apic.clear_nmi();
  nmi_blocked = true;
  deliver(Fault::simple(vector::nmi), EventKind::external, rip);
  return true;
}

/// The external controller's interrupt comes before those of the APIC itself, as the SDM gives no
/// order: PC firmware and kernels expect the 8259 to be asked at once.
bool Cpu::take_interrupt() {
  if (m_apic.ext_int_pending()) return take_external_interrupt();
  if (waits_for_turn()) return false;
  const u8 number = m_apic.acknowledge(cycle);
  m_event_accepted = m_apic.accepted_at(number);
  deliver(Fault::simple(number), EventKind::external, rip);
  return true;
}

/// INTA cycle: the vector comes from outside (SDM Vol. 3 §11.5.1, ExtINT; §6.3.1), so that this
/// waits for the CPU's turn like any access to a device. Without a controller nobody drives the
/// bus.
bool Cpu::take_external_interrupt() {
  if (cycle > m_exact_until) return false;
  constexpr u8 floating_bus = 0xFF;
  InterruptAcknowledge* const controller = m_environment.interrupt_acknowledge;
  m_event_accepted = cycle;
  m_apic.clear_ext_int();
  const u8 number = controller != nullptr ? controller->acknowledge(cycle) : floating_bus;
  add_latency(m_environment.latencies.interrupt_acknowledge);
  deliver(Fault::simple(number), EventKind::external, rip);
  m_turn_ended = true;
  return true;
}

void Cpu::end_mwait() {
  activity = Activity::running;
  disarm_monitor();
}

// --- sleep --------------------------------------------------------------------------------------

Cycle Cpu::wake_time() const {
  if (activity == Activity::running) return cycle;
  if (m_environment.power && idle()) {
    if (!asleep) return cycle;
    if (wake_at != never) return std::max(cycle, wake_at);
  }
  if (m_apic.init_pending() && !smm.active) return cycle;
  if (activity == Activity::wait_for_start_up && m_apic.start_up_vector()) return cycle;
  if (idle() && deliverable()) return cycle;
  if (masked_interrupt_ends_mwait()) return cycle;
  const Cycle monitored = activity == Activity::mwait ? monitor_hit : never;
  return std::max(cycle, std::min(m_apic.next_event(), monitored));
}

}  // namespace apicsim

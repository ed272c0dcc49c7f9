#include "models/core/cpu.h"
#include "models/core/cpuid.h"
#include "models/core/msr.h"

namespace apicsim {

namespace {

Segment reset_segment(u8 type, u16 selector, u64 base) {
  Segment s;
  s.selector = selector;
  s.type = type;
  s.base = base;
  return s;
}

Segment reset_system_segment(u8 type) {
  Segment s = reset_segment(type, 0, 0);
  s.code_or_data = false;
  return s;
}

constexpr u8 data_type = 3, code_type = 0xB;     // read/write resp. execute/read, accessed
constexpr u8 ldt_type = 2, busy_tss_type = 0xB;  // SDM Vol. 3 table 9-1: LDTR, TR

/// What power-up and INIT have in common: SDM Vol. 3 table 9-1.
void reset_common(Cpu& cpu) {
  for (unsigned n = 0; n < 16; ++n) cpu.registers[n] = 0;
  cpu.registers[17] = 0;
  cpu.registers[2] = cpuid_of_model(cpu.environment().model, 1, 0).eax;  // DX: the signature
  for (Segment& s : cpu.segments) s = reset_segment(data_type, 0, 0);
  cpu.segment(Seg::cs) = reset_segment(code_type, 0xF000, 0xFFFF0000);
  cpu.rip = 0xFFF0;
  cpu.ldt = reset_system_segment(ldt_type);
  cpu.task = reset_system_segment(busy_tss_type);
  cpu.gdt = cpu.idt = TableRegister();
  cpu.cr2 = cpu.cr3 = cpu.cr4 = 0;
  for (u64& entry : cpu.pdpte) entry = 0;
  for (u64& address : cpu.dr) address = 0;
  cpu.dr6 = 0xFFFF0FF0;
  cpu.dr7 = 0x400;
  cpu.pending_debug = 0;
  cpu.msr.efer = 0;
  cpu.cpl = 0;
  cpu.interrupt_shadow = cpu.nmi_blocked = cpu.debug_suppressed = false;
  cpu.disarm_monitor();
  cpu.flush_tlb(false);
  cpu.update_mode();
  cpu.set_flags(0);
}

}  // namespace

void Cpu::reset() {
  msr = MsrState();
  vectors = VectorState();
  reset_msrs(*this);
  tsc_offset = 0 - m_tsc_clock.ticks(cycle);
  smm = SmmState();
  machine_check_due = false;
  m_performance.reset();
  counters_changed();
  set_duty(0);
  idle_from = m_bootstrap ? never : cycle;
  cr0 = cr0::et | cr0::nw | cr0::cd;
  reset_common(*this);
  m_apic.reset();
  activity = m_bootstrap ? Activity::running : Activity::wait_for_start_up;
}

void Cpu::init() {
  // CD and NW stay as they are (SDM Vol. 3 table 9-1, note on INIT).
  cr0 = (cr0 & (cr0::cd | cr0::nw)) | cr0::et;
  reset_common(*this);
  m_apic.init();
  activity = m_bootstrap ? Activity::running : Activity::wait_for_start_up;
}

void Cpu::start_up(u8 vector) {
  Segment& cs = segment(Seg::cs);
  cs.selector = static_cast<u16>(vector << 8);
  cs.base = u64{vector} << 12;
  rip = 0;
  update_mode();
  activity = Activity::running;
}

}  // namespace apicsim

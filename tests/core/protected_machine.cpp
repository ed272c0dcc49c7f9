#include "tests/core/protected_machine.h"

namespace apicsim {

namespace {

constexpr Cycle longest_run = 100'000;

bool has_error_code(unsigned vector) {
  return vector == 8 || (vector >= 10 && vector <= 14) || vector == 17;
}

Segment legacy_segment(u16 selector, u8 type, bool big, u32 limit, u32 base) {
  Segment s;
  s.selector = selector;
  s.type = type;
  s.dpl = selector & 3;
  s.big = big;
  s.limit = limit;
  s.base = base;
  return s;
}

}  // namespace

ProtectedMachine::ProtectedMachine(const Adjust& adjust) : BareMachine(1, adjust) {
  cpu().activity = Activity::wait_for_start_up;
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  write_tables();
}

void ProtectedMachine::write_tables() {
  using namespace descriptor;
  set_gdt(code0, segment(0, 0xFFFFF, code, big | pages));
  set_gdt(data0, segment(0, 0xFFFFF, data, big | pages));
  set_gdt(code3, segment(0, 0xFFFFF, code | level(3), big | pages));
  set_gdt(data3, segment(0, 0xFFFFF, data | level(3), big | pages));
  set_gdt(code16, segment(0, 0xFFFF, code, 0));
  set_gdt(data16, segment(0, 0xFFFF, data, 0));
  set_gdt(tss, segment(tss_at, tss_limit, tss32 | 2, 0));
  for (unsigned n = 0; n < 256; ++n) {
    const u8 vector = static_cast<u8>(n);
    ram().write_value<u8>(handler(vector), 0xF4);
    set_gate(vector, gate(code0, handler(vector), interrupt_gate32 | level(3)));
  }
  ram().write_value<u32>(tss_at + 4, inner_stack_top);
  ram().write_value<u32>(tss_at + 8, data0);
  ram().write_value<u16>(tss_at + 102, 0xFFFF);
}

void ProtectedMachine::enter_protected(u8 cpl) {
  Cpu& c = cpu();
  c.reset();
  c.activity = Activity::running;
  c.cr0 = cr0::pe | cr0::ne | cr0::et;
  c.gdt = {gdt_at, gdt_entries * 8 - 1};
  c.idt = {idt_at, 256 * 8 - 1};
  const u16 data = cpl == 0 ? data0 : data3;
  for (Segment& s : c.segments) s = legacy_segment(data, 3, true, 0xFFFFFFFF, 0);
  c.segment(Seg::cs) = legacy_segment(cpl == 0 ? code0 : code3, 11, true, 0xFFFFFFFF, 0);
  c.task = legacy_segment(tss, 11, false, tss_limit, tss_at);
  c.task.code_or_data = false;
  c.ldt.usable = false;
  c.cpl = cpl;
  c.registers[4] = stack_top;
  c.set_flags(0);
  c.update_mode();
  c.update_tlb_view();
}

void ProtectedMachine::enter_real() {
  Cpu& c = cpu();
  c.reset();
  c.activity = Activity::running;
  c.idt = {0, 0x3FF};
  for (Segment& s : c.segments) s = legacy_segment(0, 3, false, 0xFFFF, 0);
  c.segment(Seg::cs) = legacy_segment(code_at >> 4, 11, false, 0xFFFF, code_at);
  c.registers[4] = 0xF000;
  c.update_mode();
}

void ProtectedMachine::enter_virtual(u8 iopl) {
  enter_protected();
  Cpu& c = cpu();
  for (Segment& s : c.segments) s = legacy_segment(0, 3, false, 0xFFFF, 0);
  for (Segment& s : c.segments) s.dpl = 3;
  c.segment(Seg::cs).selector = code_at >> 4;
  c.segment(Seg::cs).base = code_at;
  c.cpl = 3;
  c.registers[4] = 0xF000;
  c.set_flags(rflags::vm | u64{iopl} << 12);
  c.update_mode();
  c.update_tlb_view();
}

ProtectedMachine::Result ProtectedMachine::run(const std::vector<u8>& bytes) {
  load(code_at, bytes);
  complex().code_written(code_at, bytes.size());
  return run_at(code_at - static_cast<u32>(cpu().segment(Seg::cs).base));
}

ProtectedMachine::Result ProtectedMachine::run_at(u32 eip) {
  Cpu& c = cpu();
  c.rip = eip;
  const Cycle limit = c.cycle + longest_run;
  while (c.activity == Activity::running && c.cycle < limit) c.run(limit, limit);
  Result result;
  result.halted = c.activity == Activity::halted;
  const u64 at = c.segment(Seg::cs).base + c.rip - 1;
  if (!result.halted || at < handlers_at || at >= handlers_at + 256 * handler_size) return result;
  result.vector = static_cast<int>((at - handlers_at) / handler_size);
  unsigned next = 0;
  if (has_error_code(static_cast<unsigned>(result.vector))) result.error = stack32(next++);
  result.rip = stack32(next);
  result.cs = stack32(next + 1);
  result.flags = stack32(next + 2);
  return result;
}

}  // namespace apicsim

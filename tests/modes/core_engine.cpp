#include "models/fabric/unmodelled.h"
#include "tests/modes/machine_state.h"
#include "tests/support/bare_machine.h"

namespace apicsim::modes {
namespace {

constexpr Cycle longest_run = 20'000;

Segment to_core(const SegmentState& s) {
  Segment c;
  c.selector = s.selector;
  c.base = s.base;
  c.limit = s.limit;
  c.type = s.type;
  c.code_or_data = s.code_or_data;
  c.dpl = s.dpl;
  c.present = s.present;
  c.big = s.big;
  c.long_mode = s.wide;
  c.usable = s.usable;
  return c;
}

SegmentState from_core(const Segment& c) {
  SegmentState s;
  s.selector = c.selector;
  s.base = c.base;
  s.limit = c.limit;
  s.type = c.type;
  s.code_or_data = c.code_or_data;
  s.dpl = c.dpl;
  s.present = c.present;
  s.big = c.big;
  s.wide = c.long_mode;
  s.usable = c.usable;
  return s;
}

class CoreEngine final : public Engine {
 public:
  CoreEngine()
      : m_machine(1, [](CpuComplexConfig& config) {
          config.model.physical_address_bits = physical_address_bits;
          config.model.cpuid[4].eax = 0x3000 | physical_address_bits;
        }) {
    m_machine.cpu().activity = Activity::wait_for_start_up;
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }

  void run(const MachineState& start, Outcome& outcome) override {
    m_machine.ram().write(0, start.memory.data(), memory_size);
    m_machine.complex().code_written(0, memory_size);
    load(start);
    Cpu& cpu = m_machine.cpu();
    const u64 before = cpu.instructions;
    const Cycle limit = cpu.cycle + longest_run;
    outcome.end = End::not_comparable;
    try {
      while (cpu.activity == Activity::running && cpu.cycle < limit) cpu.run(limit, limit);
    } catch (const Unmodelled& error) {
      if (cpu.instructions == before) outcome.why = error.what();
      return;
    }
    if (cpu.activity == Activity::shutdown) outcome.end = End::shutdown;
    // The instruction, and the HLT behind it or in the handler of its exception.
    if (cpu.activity == Activity::halted && cpu.instructions - before <= 2)
      outcome.end = End::halted;
    store(outcome.state);
  }

 private:
  void load(const MachineState& s) {
    Cpu& cpu = m_machine.cpu();
    cpu.reset();
    cpu.activity = Activity::running;
    for (unsigned n = 0; n < 16; ++n) cpu.registers[n] = s.registers[n];
    for (unsigned n = 0; n < 6; ++n) cpu.segments[n] = to_core(s.segments[n]);
    cpu.ldt = to_core(s.ldt);
    cpu.task = to_core(s.task);
    cpu.gdt = {s.gdt_base, s.gdt_limit};
    cpu.idt = {s.idt_base, s.idt_limit};
    cpu.cr0 = s.cr0;
    cpu.cr2 = s.cr2;
    cpu.cr3 = s.cr3;
    cpu.cr4 = s.cr4;
    cpu.msr.efer = s.efer;
    cpu.cpl = s.segments[2].dpl;
    const bool pae = (s.cr4 & cr4::pae) != 0 && !(s.efer & efer::lma);
    for (unsigned n = 0; n < 4; ++n)
      cpu.pdpte[n] = pae ? m_machine.ram().read_value<u64>(s.cr3 + 8 * n) : 0;
    cpu.flush_tlb(false);
    cpu.set_flags(s.flags);
    cpu.update_mode();
    cpu.update_tlb_view();
    cpu.rip = s.rip;
  }

  void store(MachineState& s) {
    const Cpu& cpu = m_machine.cpu();
    for (unsigned n = 0; n < 16; ++n) s.registers[n] = cpu.registers[n];
    s.rip = cpu.rip;
    s.flags = cpu.flags();
    for (unsigned n = 0; n < 6; ++n) s.segments[n] = from_core(cpu.segments[n]);
    s.ldt = from_core(cpu.ldt);
    s.task = from_core(cpu.task);
    s.gdt_base = cpu.gdt.base;
    s.gdt_limit = cpu.gdt.limit;
    s.idt_base = cpu.idt.base;
    s.idt_limit = cpu.idt.limit;
    s.cr0 = cpu.cr0;
    s.cr2 = cpu.cr2;
    s.cr3 = cpu.cr3;
    s.cr4 = cpu.cr4;
    s.efer = cpu.msr.efer;
    m_machine.ram().read(0, s.memory.data(), memory_size);
  }

  BareMachine m_machine;
};

}  // namespace

std::unique_ptr<Engine> make_core_engine() { return std::make_unique<CoreEngine>(); }

}  // namespace apicsim::modes

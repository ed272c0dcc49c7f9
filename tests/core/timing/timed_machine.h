#pragma once

#include <initializer_list>
#include <vector>

#include "tests/support/bare_machine.h"
#include "tests/support/timed_config.h"

namespace apicsim {

/// Machine code in the making.
class Code {
 public:
  Code& add(std::initializer_list<u8> bytes) {
    m_bytes.insert(m_bytes.end(), bytes);
    return *this;
  }
  Code& repeat(unsigned times, std::initializer_list<u8> bytes) {
    for (unsigned i = 0; i < times; ++i) add(bytes);
    return *this;
  }
  /// dec %rcx; jnz back to `target`.
  Code& loop_to(std::size_t target) {
    add({0x48, 0xFF, 0xC9, 0x0F, 0x85});
    const auto distance = static_cast<i32>(target) - static_cast<i32>(m_bytes.size() + 4);
    for (unsigned i = 0; i < 4; ++i) m_bytes.push_back(static_cast<u8>(distance >> (8 * i)));
    return *this;
  }
  Code& halt() { return add({0xFA, 0xF4}); }
  /// lfence; rdtsc; lfence, with the low half moved to r8 or r9 between them.
  Code& stamp_r8() {
    return add({0x0F, 0xAE, 0xE8, 0x0F, 0x31, 0x49, 0x89, 0xC0, 0x0F, 0xAE, 0xE8});
  }
  Code& stamp_r9() {
    return add({0x0F, 0xAE, 0xE8, 0x0F, 0x31, 0x49, 0x89, 0xC1, 0x0F, 0xAE, 0xE8});
  }
  std::size_t size() const { return m_bytes.size(); }
  const std::vector<u8>& bytes() const { return m_bytes; }

 private:
  std::vector<u8> m_bytes;
};

/// CPUs in timed execution, in 64-bit mode with flat segments. Vector 0x40 leads to CLI, HLT.
class TimedMachine : public BareMachine {
 public:
  static constexpr u64 code_at = 0x100000, handler_at = 0x101000, idt_at = 0x110000,
                       gdt_at = 0x111000, stack_at = 0x120000, data_at = 0x200000;
  static constexpr u8 vector_number = 0x40;

  explicit TimedMachine(u32 cpus = 1, const Adjust& adjust = {}, u32 threads = 1)
      : BareMachine(cpus, [&](CpuComplexConfig& config) {
          config.timing = test_timing(cpus, threads);
          if (adjust) adjust(config);
        }) {
    map_identity();
    load(handler_at, {0xFA, 0xF4, 0xEB, 0xFD});
    ram().write_value<u64>(gdt_at + 0x10, 0x00AF9B000000FFFF);
    ram().write_value<u64>(gdt_at + 0x18, 0x00CF93000000FFFF);
    set_gate(vector_number);
    for (u32 i = 0; i < cpus; ++i) {
      cpu(i).gdt = {gdt_at, 0x1F};
      cpu(i).idt = {idt_at, 0xFFF};
    }
  }

  void set_gate(u8 vector) {
    ram().write_value<u64>(idt_at + vector * 16u, (handler_at & 0xFFFF) | 0x10ull << 16 |
                                                      0x8E00ull << 32 | (handler_at >> 16) << 48);
  }
  /// All CPUs get ready to execute it, each with a stack of its own; sc_start() lets them.
  void prepare(const Code& code) {
    load(code_at, code.bytes());
    complex().code_written(code_at, code.size());
    for (u32 i = 0; i < complex().count(); ++i) {
      enter_64bit(i, code_at, stack_at + i * 0x1000 + 0x800);
      cpu(i).registers[1] = loops;
    }
  }
  /// CPU 0 executes it at once, up to its HLT; may be called again.
  void run(const Code& code) {
    if (!sc_core::sc_start_of_simulation_invoked()) {
      cpu().activity = Activity::wait_for_start_up;
      sc_core::sc_start(sc_core::SC_ZERO_TIME);
    }
    prepare(code);
    while (cpu().activity == Activity::running) cpu().run(never, never);
  }
  void interrupt(Cycle arrival) {
    cpu().set_flags(rflags::interrupt);
    cpu().apic().write_page(0xF0, 4, 0x1FF, 0);  // software enable, SDM Vol. 3 §11.9
    InterruptMessage message;
    message.vector = vector_number;
    cpu().apic().accept(message, arrival);
  }
  /// RIP in the frame that an event without error code has pushed.
  u64 interrupted_rip() { return ram().read_value<u64>(stack_at + 0x800 - 40); }
  /// What lay between the two time stamps, in cycles.
  u64 measured(u32 number = 0) { return cpu(number).registers[9] - cpu(number).registers[8]; }

  u64 loops = 20;  ///< in rcx
};

/// Reports where and when interrupts and exceptions are taken.
struct EventRecorder final : CoreObserver {
  void probe(u32, Cycle, u32) override { ++probes; }
  void interrupt(u32, Cycle cycle, u8, Cycle) override { interrupt_at = cycle; }
  void exception(u32, Cycle cycle, u8, u32, u64) override { exception_at = cycle; }
  void idle(u32, Cycle, bool) override {}

  u64 probes = 0;
  Cycle interrupt_at = 0, exception_at = 0;
};

}  // namespace apicsim

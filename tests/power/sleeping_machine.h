#pragma once

#include <map>
#include <vector>

#include "models/core/cpu_complex.h"
#include "models/core/msr.h"
#include "tests/support/bare_machine.h"
#include "tests/support/timed_config.h"

namespace apicsim {

/// CPUs with an Ivy Bridge-EP's MWAIT leaf, `threads` of consecutive numbers to a core.
/// Each starts at code_at in 64-bit mode with interrupts on. Vector 0x40 stores RDTSC at
/// woken_at + 8 * CPU and halts for good.
class SleepingMachine : public BareMachine {
 public:
  static constexpr u64 code_at = 0x100000, handler_at = 0x101000, idt_at = 0x110000,
                       gdt_at = 0x111000, stack_at = 0x120000, line_at = 0x200000,
                       woken_at = 0x201000;
  static constexpr u8 vector_number = 0x40;

  static CStateConfig costs() {
    CStateConfig c;
    c.c1_entry = 500, c.c1_exit = 2'000;
    c.c1e_entry = 600, c.c1e_exit = 8'000;
    c.c3_entry = 3'000, c.c3_exit = 40'000;
    c.c6_entry = 9'000, c.c6_exit = 90'000;
    c.monitor_wake = 150;
    return c;
  }

  /// `timed`: through the timing model of the core, with caches.
  explicit SleepingMachine(u32 cpus, u32 threads = 1, bool arat = true, bool timed = false)
      : BareMachine(cpus, [=](CpuComplexConfig& config) {
          adjust(config, cpus, threads, arat);
          if (timed) config.timing = test_timing(cpus, threads);
        }) {
    map_identity();
    ram().write_value<u64>(gdt_at + 0x10, 0x00AF9B000000FFFF);
    ram().write_value<u64>(gdt_at + 0x18, 0x00CF93000000FFFF);
    const u64 gate = idt_at + vector_number * 16;
    ram().write_value<u64>(
        gate, (handler_at & 0xFFFF) | 0x10ull << 16 | 0x8E00ull << 32 | (handler_at >> 16) << 48);
    // rdtsc; mov %eax, (%rbp); cli; hlt
    load(handler_at, {0x0F, 0x31, 0x89, 0x45, 0x00, 0xFA, 0xF4});
    for (u32 i = 0; i < cpus; ++i) {
      enter_64bit(i, code_at, stack_at + i * 0x1000 + 0x800);
      cpu(i).gdt = {gdt_at, 0x1F};
      cpu(i).idt = {idt_at, 0xFFF};
      cpu(i).registers[5] = woken_at + 8 * i;
      cpu(i).set_flags(rflags::interrupt);
      cpu(i).apic().write_page(0xF0, 4, 0x1FF, 0);  // software enable, SDM Vol. 3 §11.9
    }
  }
  /// MONITOR of line_at, MWAIT with `hint` and ECX = `extensions`, RDTSC to (%rbp), CLI, HLT. 14
  /// instructions; MWAIT is the sixth.
  static std::vector<u8> mwait_code(u8 hint, u8 extensions) {
    return {0xB8, 0x00, 0x00, 0x20, 0x00, 0x31, 0xC9, 0x31,       0xD2, 0x0F, 0x01,
            0xC8, 0xB8, hint, 0x00, 0x00, 0x00, 0xB9, extensions, 0x00, 0x00, 0x00,
            0x0F, 0x01, 0xC9, 0x0F, 0x31, 0x89, 0x45, 0x00,       0xFA, 0xF4};
  }
  static constexpr Cycle mwait_end = 7;  ///< local time behind the MWAIT of mwait_code()

  void interrupt(u32 number, Cycle arrival) {
    InterruptMessage message;
    message.vector = vector_number;
    cpu(number).apic().accept(message, arrival);
  }
  /// TSC of the first instruction behind the wake-up; 0: it never came.
  Cycle woken(u32 number) { return ram().read_value<u32>(woken_at + 8 * number); }

 private:
  static void adjust(CpuComplexConfig& config, u32 cpus, u32 threads, bool arat) {
    PowerConfig power;
    power.states = costs();
    for (u32 i = 0; i < cpus; ++i) power.places.push_back({0, i / threads});
    config.power = power;
    for (CpuidLeaf& row : config.model.cpuid)
      if (row.leaf == 1) row.ecx |= 1u << 3;  // MONITOR
    config.model.cpuid.push_back({5, 0, true, 0x40, 0x40, 3, 0x1120});
    config.model.cpuid.push_back({6, 0, true, arat ? 0x77u : 0x73u, 2, 9, 0});
  }
};

}  // namespace apicsim

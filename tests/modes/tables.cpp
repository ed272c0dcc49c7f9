#include "tests/modes/tables.h"

namespace apicsim::modes {
namespace {

using differential::Random;

/// SDM Vol. 3 figure 3-8; `flags`: G, D/B, L, AVL.
std::uint64_t segment(std::uint32_t base, std::uint32_t limit, unsigned access, unsigned flags) {
  const std::uint64_t low = (limit & 0xFFFF) | std::uint64_t{base & 0xFFFFFF} << 16;
  return low | std::uint64_t{access} << 40 | std::uint64_t{limit >> 16 & 0xF} << 48 |
         std::uint64_t{flags} << 52 | std::uint64_t{base >> 24} << 56;
}

/// SDM Vol. 3 figures 5-8 and 6-2.
std::uint64_t gate(unsigned target, std::uint32_t offset, unsigned access, unsigned parameters) {
  return (offset & 0xFFFF) | std::uint64_t{target} << 16 | std::uint64_t{parameters} << 32 |
         std::uint64_t{access} << 40 | std::uint64_t{offset >> 16} << 48;
}

constexpr unsigned level3 = 0x60, level1 = 0x20, level2 = 0x40;
constexpr unsigned wide = 4, pages = 8;

void write_descriptors(Random& random, MachineState& s) {
  using namespace selector;
  const std::uint32_t offset = static_cast<std::uint32_t>(random.below(0x100)) * 16;
  const std::uint64_t entries[] = {
      0,
      segment(code_at, 0xFFFF, 0x9B, wide),                 // 08 code0
      segment(data_at, 0xFFFF, 0x93, wide),                 // 10 data0
      segment(code_at, 0xFFFF, 0x9B | level3, wide),        // 18 code3
      segment(data_at, 0xFFFF, 0x93 | level3, wide),        // 20 data3
      segment(code_at, 0xFFFF, 0x9B, 0),                    // 28 code16
      segment(0, memory_size - 1, 0x93, wide),              // 30 stack0
      segment(tss_at, 0x0FFF, 0x8B, 0),                     // 38 task
      segment(ldt_at, 0x7F, 0x82, 0),                       // 40 ldt
      segment(0, memory_size - 1, 0x93 | level3, wide),     // 48 stack3
      segment(0, 0xFFFFF, 0x9B, wide | pages),              // 50 handlers
      segment(code_at, 0xFFFF, 0x9F, wide),                 // 58 conforming, level 0
      segment(code_at, 0xFFFF, 0x9F | level3, wide),        // 60 conforming, level 3
      segment(code_at, 0xFFFF, 0x98 | level3, wide),        // 68 execute-only, not accessed
      segment(data_at, 0xFFFF, 0x90 | level3, wide),        // 70 read-only, not accessed
      segment(data_at, 0x7FFF, 0x97 | level3, 0),           // 78 expand-down, 16 bits
      segment(data_at, 0xFFFF, 0x13 | level3, wide),        // 80 absent data
      segment(code_at, 0xFFFF, 0x1B | level3, wide),        // 88 absent code
      segment(code_at, 0xFFFF, 0x9A | level1, wide),        // 90 code, level 1
      segment(0, memory_size - 1, 0x92 | level1, wide),     // 98 data, level 1
      gate(code0, offset, 0x8C | level3, 0),                // A0 call gate
      gate(code16, offset, 0x84 | level3, 0),               // A8 call gate, 16 bits
      gate(code0, offset, 0x8C | level3, 3),                // B0 call gate with parameters
      gate(code0, offset, 0x0C | level3, 0),                // B8 absent call gate
      gate(0xC8, 0, 0x85 | level3, 0),                      // C0 task gate
      segment(task32_at, 0x67, 0x89 | level3, 0),           // C8 available task, 32 bits
      segment(task16_at, 0x2B, 0x81 | level3, 0),           // D0 available task, 16 bits
      gate(code0, offset, 0x8E | level3, 0),                // D8 interrupt gate: out of place
      gate(0x58, offset, 0x8C | level3, 0),                 // E0 call gate to conforming code
      segment(code_at, 0xFFFF, 0x9A | level2, 0),           // E8 code, level 2, 16 bits
      segment(0, memory_size - 1, 0x92 | level2, 0),        // F0 data, level 2, 16 bits
      gate(0x90, offset, 0x8C | level3, 1),                 // F8 call gate to level 1
      segment(data_at, 0x10, 0x93 | level3, pages | wide),  // 100 limit in pages
      segment(code_at, 0x1F, 0x9B | level3, wide),          // 108 short code
      segment(ldt_at, 0x7F, 0x02, 0),                       // 110 absent LDT
      segment(task32_at, 0x66, 0x89 | level3, 0),           // 118 task with a short limit
      gate(data0, offset, 0x8C | level3, 0),                // 120 call gate to data
      gate(0x88, offset, 0x8C | level3, 0),                 // 128 call gate to absent code
      gate(0, offset, 0x84 | level3, 0),                    // 130 call gate to null
  };
  for (unsigned n = 0; n < sizeof entries / 8; ++n) s.put(gdt_at + 8 * n, entries[n]);
  for (unsigned n = sizeof entries / 8; n < 128; ++n) s.put(gdt_at + 8 * n, std::uint64_t{0});
  for (unsigned n = 0; n < 16; ++n) s.put(ldt_at + 8 * n, entries[1 + random.below(10)]);
}

void write_interrupt_tables(Random& random, MachineState& s) {
  for (std::uint32_t n = 0; n < 256; ++n) {
    s.put(n * 4, static_cast<std::uint16_t>(n));
    s.put(n * 4 + 2, static_cast<std::uint16_t>(handlers_at >> 4));
    std::uint64_t entry = gate(selector::handlers, handlers_at + n, 0x8E, 0);
    if (n >= 0x20) {
      static constexpr unsigned types[] = {0x8E, 0x8F, 0xEE, 0xEE, 0xEF, 0xE6, 0xE7, 0x6E, 0xEC};
      entry = gate(random.percent(70) ? std::uint16_t{selector::handlers} : any_selector(random),
                   handlers_at + n, random.pick(types), 0);
      if (random.percent(10)) entry = gate(0xC8, 0, 0xE5, 0);
    }
    s.put(idt_at + 8 * n, entry);
  }
}

void write_tasks(Random& random, MachineState& s) {
  using namespace selector;
  for (std::uint32_t n = 0; n < 0x1000; ++n) s.put(tss_at + n, std::uint8_t{0});
  const std::uint16_t stacks[] = {stack0, 0x99, 0xF2};
  for (std::uint32_t n = 0; n < 3; ++n) {
    s.put(tss_at + 4 + 8 * n, stack_at + 0xE000 + 0x100 * n);
    s.put(tss_at + 8 + 8 * n, n == 0 || random.percent(92) ? stacks[n] : any_selector(random));
  }
  s.put(tss_at, static_cast<std::uint16_t>(random.percent(50) ? 0xC8 : any_selector(random)));
  s.put(tss_at + 102, std::uint16_t{0x100});
  for (std::uint32_t n = 0; n < 0x20; ++n)
    s.put(tss_at + 0xE0 + n, static_cast<std::uint8_t>(random.next()));
  s.put(tss_at + 0x100 + 0x2000 - 0x1000, std::uint8_t{0xFF});
  for (std::uint32_t n = 0; n < 0x68; ++n) s.put(task32_at + n, std::uint8_t{0});
  s.put(task32_at + 32, static_cast<std::uint32_t>(random.below(0x1000)));
  s.put(task32_at + 36, static_cast<std::uint32_t>(random.next() & 0xCD5) | 2);
  for (std::uint32_t n = 0; n < 8; ++n)
    s.put(task32_at + 40 + 4 * n,
          static_cast<std::uint32_t>(random.below(0xF000) | (n == 4 ? stack_at : 0x100)));
  const std::uint16_t good[] = {data0, code0, stack0, data0, 0, data3};
  for (std::uint32_t n = 0; n < 6; ++n)
    s.put(task32_at + 72 + 4 * n, random.percent(90) ? good[n] : any_selector(random));
  s.put(task32_at + 96, random.percent(80) ? std::uint16_t{ldt} : any_selector(random));
  for (std::uint32_t n = 0; n < 0x2C; ++n) s.put(task16_at + n, std::uint8_t{0});
  for (std::uint32_t n = 14; n < 34; n += 2)
    s.put(task16_at + n, static_cast<std::uint16_t>(random.below(0xF000) & ~0x4000ull));
  s.put(task16_at + 16, std::uint16_t{0x0003});
  for (std::uint32_t n = 0; n < 4; ++n)
    s.put(task16_at + 34 + 2 * n, random.percent(90) ? good[n] : any_selector(random));
}

}  // namespace

std::uint16_t any_selector(Random& random) {
  const std::uint64_t kind = random.below(100);
  if (kind < 5) return static_cast<std::uint16_t>(random.below(4));
  if (kind < 12) return static_cast<std::uint16_t>(random.below(20) << 3 | 4 | random.below(4));
  if (kind < 15) return static_cast<std::uint16_t>(random.next());
  return static_cast<std::uint16_t>(random.below(selector::last / 8 + 2) << 3 | random.below(4));
}

void write_tables(Random& random, MachineState& state) {
  write_descriptors(random, state);
  write_interrupt_tables(random, state);
  write_tasks(random, state);
}

}  // namespace apicsim::modes

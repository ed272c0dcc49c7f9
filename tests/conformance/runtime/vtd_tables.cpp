#include "vtd.h"

namespace vtd {

namespace {

constexpr unsigned pool_size = 96;
alignas(4096) u64 pool[pool_size][512];
unsigned used;

constexpr unsigned index_of(u64 input, unsigned level) {
  return static_cast<unsigned>(input >> (12 + 9 * (level - 1))) & 511;
}

}  // namespace

void flush(const volatile void* from, u64 size) {
  constexpr u64 line = 64;
  for (u64 at = address(from) & ~(line - 1); at < address(from) + size; at += line)
    asm volatile("clflush (%0)" : : "r"(at) : "memory");
  asm volatile("mfence" : : : "memory");
}

void store(volatile u64& entry, u64 value) {
  entry = value;
  flush(&entry, sizeof entry);
}

u64* new_table() {
  if (used == pool_size) give_up("the pool of tables is used up");
  u64* const table = pool[used++];
  for (unsigned n = 0; n < 512; ++n) const_cast<volatile u64&>(table[n]) = 0;
  flush(table, 4096);
  return table;
}

void free_tables() { used = 0; }

Roots new_roots() {
  const Roots roots{new_table(), new_table()};
  store(roots.root[0], address(roots.contexts) | present);
  return roots;
}

void set_context(const Roots& roots, u16 source, u64 low, u64 high) {
  const unsigned at = 2 * (source & 0xFFu);
  store(roots.contexts[at + 1], high);
  store(roots.contexts[at], low);
}

u64& entry(u64* top, unsigned levels, u64 input, unsigned level) {
  u64* table = top;
  for (unsigned n = levels; n > level; --n) {
    u64& next = table[index_of(input, n)];
    if ((next & both) == 0) store(next, address(new_table()) | both);
    table = reinterpret_cast<u64*>(next & 0x000FFFFFFFFFF000);
  }
  return table[index_of(input, level)];
}

void map(u64* top, unsigned levels, u64 input, u64 value, unsigned level) {
  store(entry(top, levels, input, level), value);
}

bool set_root(const Roots& roots) {
  write64(reg::root, address(roots.root));
  const bool done = command(global::root);
  invalidate_all();
  return done;
}

bool takes_levels(unsigned levels) { return capability(8 + levels - 2); }

unsigned some_levels() {
  for (unsigned levels = 3; levels <= 5; ++levels)
    if (takes_levels(levels)) return levels;
  return 2;
}

}  // namespace vtd

#include "models/core/cpu.h"

namespace apicsim {

namespace {

/// DR7 of breakpoint n: enabled locally or globally, condition, length (SDM Vol. 3 §17.2.4).
enum class Condition : u8 { execution, write, io, read_write };

bool enabled(u64 dr7, unsigned n) { return bits(dr7, 2 * n + 1, 2 * n) != 0; }
Condition condition(u64 dr7, unsigned n) {
  return static_cast<Condition>(bits(dr7, 17 + 4 * n, 16 + 4 * n));
}
u64 length(u64 dr7, unsigned n) {
  constexpr u8 lengths[] = {1, 2, 8, 4};
  return lengths[bits(dr7, 19 + 4 * n, 18 + 4 * n)];
}

/// Breakpoints cover aligned ranges: the low bits of the address do not count (§17.2.5).
bool covers(u64 dr, u64 length, u64 address, unsigned size) {
  const u64 first = dr & ~(length - 1);
  return address < first + length && first < address + size;
}

}  // namespace

bool Cpu::instruction_breakpoint() {
  if ((system_flags & rflags::rf) || debug_suppressed) return false;
  const u64 linear = segment_base[static_cast<u8>(Seg::cs)] + rip;
  u64 hits = 0;
  for (unsigned n = 0; n < 4; ++n)
    if (enabled(dr7, n) && condition(dr7, n) == Condition::execution && dr[n] == linear)
      hits |= u64{1} << n;
  if (hits == 0) return false;
  set_fault(Fault::debug_fault(hits));
  return true;
}

void Cpu::note_data_access(u64 linear, unsigned size, bool write) {
  if (APICSIM_LIKELY((dr7 & 0xFF) == 0)) return;
  for (unsigned n = 0; n < 4; ++n) {
    const Condition c = condition(dr7, n);
    if (!enabled(dr7, n) || !(c == Condition::read_write || (c == Condition::write && write)))
      continue;
    if (covers(dr[n], length(dr7, n), linear, size)) pending_debug |= u64{1} << n;
  }
}

void Cpu::note_io_access(u16 port, unsigned size) {
  if (!(cr4 & cr4::de)) return;
  for (unsigned n = 0; n < 4; ++n)
    if (enabled(dr7, n) && condition(dr7, n) == Condition::io &&
        covers(dr[n], length(dr7, n), port, size))
      pending_debug |= u64{1} << n;
}

}  // namespace apicsim

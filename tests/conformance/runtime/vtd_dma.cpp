#include "vtd_dma.h"

namespace vtd {

namespace {

constexpr unsigned words = 1023;  ///< QEMU 7.2 has no transfers of the whole buffer
alignas(4096) u32 pattern[words + 1];
alignas(4096) volatile u32 seen;

volatile u32& word_at(u64 physical) { return *reinterpret_cast<volatile u32*>(physical); }

}  // namespace

DmaBench::DmaBench(unsigned index) : m_edu(index) {
  if (!m_edu.exists()) return;
  for (u32 n = 0; n < words; ++n) pattern[n] = 0xC0DE0000 | m_edu.requester() << 12 | n;
  m_edu.load(reinterpret_cast<u64>(pattern), 0, 4 * words);
}

bool DmaBench::writes(u64 input, u64 physical) {
  const u64 first = physical & ~u64{7};
  for (u64 at = first - 8; at < first + 16; at += 4) word_at(at) = 0;
  const u32 offset = next();
  m_edu.store(offset, input, 4);
  u64 beside = 0;
  for (u64 at = first - 8; at < first + 16; at += 4)
    if (at != physical) beside |= word_at(at);
  return word_at(physical) == (0xC0DE0000 | m_edu.requester() << 12 | offset / 4) && beside == 0;
}

bool DmaBench::reads(u64 input, u64 physical) {
  static u32 magic = 0xABBA0000;
  word_at(physical) = ++magic;
  read(input);
  const bool on = is_on(global::translation);
  if (on) command(global::translation, false);
  seen = 0;
  m_edu.store(scratch, address(&seen), 4);
  if (on) command(global::translation);
  return seen == magic;
}

u64* new_domain(const Roots& roots, u16 source, unsigned levels, u32 id) {
  u64* const top = new_table();
  set_context(roots, source, address(top) | present, domain(id) | width(levels));
  return top;
}

Roots begin_translation() {
  const Roots roots = new_roots();
  set_root(roots);
  command(global::translation);
  return roots;
}

void end_translation() {
  command(global::translation, false);
  free_tables();
  clear_faults();
}

}  // namespace vtd

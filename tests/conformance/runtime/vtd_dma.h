#pragma once

#include "edu.h"
#include "vtd.h"

/// An edu function whose requests go through the unit, and memory that it is let at.

namespace vtd {

/// 32 MiB that nothing else uses, aligned for large pages.
constexpr u64 target = 0x8000000;

class DmaBench {
 public:
  /// The buffer of the function gets words that tell transfers apart: translation must be off.
  explicit DmaBench(unsigned index = 0);
  const Edu& edu() const { return m_edu; }
  u16 source() const { return m_edu.requester(); }

  /// Four bytes written to `input` (of the device) arrive at `physical` and nowhere beside it.
  bool writes(u64 input, u64 physical);
  /// Four bytes read from `input` are those at `physical`. Translation is switched off for a moment
  /// to look at them.
  bool reads(u64 input, u64 physical);
  /// Tells what a request makes of itself: a write without looking for the data.
  void write(u64 input) { m_edu.store(next(), input, 4); }
  void read(u64 input) { m_edu.load(input, scratch, 4); }

 private:
  static constexpr u32 scratch = 0xF00;
  u32 next() { return m_next = (m_next + 4) % scratch; }
  Edu m_edu;
  u32 m_next = 0;
};

/// A domain of its own: an empty table of that many levels, in the context of `source`.
u64* new_domain(const Roots& roots, u16 source, unsigned levels, u32 id = 1);
/// New roots in the unit, translation on.
Roots begin_translation();
/// Translation off, tables given back, faults cleared.
void end_translation();

}  // namespace vtd

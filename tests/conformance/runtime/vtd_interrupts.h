#pragma once

#include "vtd_queue.h"

/// The unit's interrupt table, §5.1 and §9.10.

namespace vtd {

/// Entry, low half.
namespace irte {
constexpr u64 present = 1, no_faults = 2, logical = 4, hint = 8, level = 0x10,
              lowest_priority = 1 << 5, nmi = 4 << 5, posted = 1 << 15;
constexpr u64 vector(u8 v) { return u64{v} << 16; }
/// Source validation, high half: SVT, SQ, and an id or two bus numbers.
constexpr u64 verify(u16 source, u64 qualifier = 0) {
  return u64{1} << 18 | qualifier << 16 | source;
}
constexpr u64 verify_bus(u8 first, u8 last) { return u64{2} << 18 | u64{first} << 8 | last; }
}  // namespace irte

/// Remappable message, §5.1.2.2: the address for a handle, whose data is 0 or, with `subhandle`,
/// added.
constexpr u64 message(u32 handle, bool subhandle = false) {
  return 0xFEE00000 | (handle & 0x7FFF) << 5 | u64{subhandle} << 3 | 0x10 | (handle >> 15) << 2;
}

class InterruptTable {
 public:
  static constexpr unsigned entries = 256;

  /// Empty, taken over by the unit with 2^(size + 1) entries in use.
  bool take_over(unsigned size = 7, bool extended = false);
  /// The destination is this processor's, in the form of the mode, unless `destination` says more.
  void set(unsigned index, u64 low, u64 high = 0);
  void set_for(unsigned index, u32 destination, u64 low, u64 high = 0);
  /// Without invalidation.
  void store_only(unsigned index, u64 low, u64 high);
  u64 destination_field(u32 id) const { return m_extended ? u64{id} << 32 : u64{id} << 40; }
  /// Of all entries.
  void invalidate();

 private:
  bool m_extended = false;
};

}  // namespace vtd

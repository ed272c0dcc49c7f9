#pragma once

#include "models/core/segment.h"
#include "models/core/types.h"

namespace apicsim {

/// Types of system segments and gates, SDM Vol. 3 table 3-2. In IA-32e mode the 32-bit codes stand
/// for the 64-bit ones.
namespace system_type {
inline constexpr u8 tss16 = 1, ldt = 2, tss16_busy = 3, call_gate16 = 4, task_gate = 5,
                    interrupt_gate16 = 6, trap_gate16 = 7, tss = 9, tss_busy = 11, call_gate = 12,
                    interrupt_gate = 14, trap_gate = 15;
}  // namespace system_type

/// An entry of a descriptor table, SDM Vol. 3 §3.4.5, §5.8.3, §6.11, §6.14.1.
struct Descriptor {
  u64 low = 0;
  u64 high = 0;    ///< second half of the 16-byte descriptors of IA-32e mode
  u64 linear = 0;  ///< where it was read from; for the accessed and busy bits

  static constexpr u64 accessed_bit = u64{1} << 40;
  static constexpr u64 busy_bit = u64{1} << 41;

  u8 type() const { return static_cast<u8>(bits(low, 43, 40)); }
  bool code_or_data() const { return bit(low, 44); }
  u8 dpl() const { return static_cast<u8>(bits(low, 46, 45)); }
  bool present() const { return bit(low, 47); }
  bool long_mode() const { return bit(low, 53); }
  bool big() const { return bit(low, 54); }

  bool code() const { return code_or_data() && (type() & 8); }
  bool conforming() const { return type() & 4; }
  bool readable() const { return !(type() & 8) || (type() & 2); }
  bool writable_data() const { return code_or_data() && (type() & 0xA) == 2; }
  bool system(u8 wanted) const { return !code_or_data() && type() == wanted; }

  /// Base and limit, granularity applied. `wide`: a 16-byte system descriptor.
  u64 base(bool wide) const {
    const u64 narrow = bits(low, 39, 16) | bits(low, 63, 56) << 24;
    return wide ? narrow | high << 32 : narrow;
  }
  u32 limit() const {
    const u32 field = static_cast<u32>(bits(low, 15, 0) | bits(low, 51, 48) << 16);
    return bit(low, 55) ? field << 12 | 0xFFF : field;
  }

  // Gates.
  u16 gate_selector() const { return static_cast<u16>(bits(low, 31, 16)); }
  u8 gate_ist() const { return static_cast<u8>(bits(low, 34, 32)); }
  u8 gate_parameters() const { return static_cast<u8>(bits(low, 36, 32)); }
  u64 gate_offset(bool wide) const {
    const u64 offset16 = bits(low, 15, 0);
    if (!code_or_data() && type() < 8) return offset16;
    return offset16 | bits(low, 63, 48) << 16 | (wide ? high << 32 : 0);
  }

  /// The hidden part of a segment register that holds this descriptor.
  Segment segment(u16 selector, bool wide = false) const {
    Segment s;
    s.selector = selector;
    s.usable = true;
    s.type = type();
    s.code_or_data = code_or_data();
    s.dpl = dpl();
    s.present = present();
    s.long_mode = long_mode();
    s.big = big();
    s.limit = limit();
    s.base = base(wide);
    return s;
  }
};

}  // namespace apicsim

#pragma once

#include "models/core/types.h"

namespace apicsim {

/// A segment register: selector and the hidden part, SDM Vol. 3 §3.4.3.
struct Segment {
  u16 selector = 0;
  bool usable = true;        ///< false after loading a null selector
  u8 type = 3;               ///< descriptor bits 43:40
  bool code_or_data = true;  ///< S
  u8 dpl = 0;
  bool present = true;
  bool long_mode = false;  ///< L, code segments
  bool big = false;        ///< D/B
  u32 limit = 0xFFFF;      ///< in bytes, granularity applied
  u64 base = 0;

  bool code() const { return code_or_data && (type & 8); }
  bool conforming() const { return type & 4; }
  bool readable() const { return !(type & 8) || (type & 2); }
  bool writable() const { return !(type & 8) && (type & 2); }
  bool expand_down() const { return !(type & 8) && (type & 4); }
};

/// GDTR and IDTR.
struct TableRegister {
  u64 base = 0;
  u16 limit = 0xFFFF;
};

}  // namespace apicsim

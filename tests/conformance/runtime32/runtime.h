#pragma once

#include "runtime/report.h"

/// What a 32-bit program has beside the report: one processor, IF = 0.

extern "C" bool guarded_write_msr(u32 index, u32 low, u32 high);

/// False: refused with #GP.
inline bool try_write_msr32(u32 index, u64 value) {
  return guarded_write_msr(index, static_cast<u32>(value), static_cast<u32>(value >> 32));
}

#pragma once

#include "apic.h"

/// Who received a message. Vectors must be counted by count_interrupts().

/// A set of processors, one bit each.
using CpuSet = u64;
constexpr CpuSet only(unsigned cpu) { return CpuSet{1} << cpu; }
inline CpuSet everyone() { return cpu_count < 64 ? only(cpu_count) - 1 : ~CpuSet{0}; }

/// Sends by `send` and checks that exactly the processors of `wanted` take `vector`, once each. The
/// counts begin at 0; the processor that executes this takes interrupts meanwhile.
template <class F>
bool reaches(const Rule& rule, u8 vector, CpuSet wanted, F send);
/// Who has taken it, after time for all messages to arrive.
CpuSet receivers(u8 vector, CpuSet wanted, bool& once_each);

template <class F>
bool reaches(const Rule& rule, u8 vector, CpuSet wanted, F send) {
  clear_all_interrupts();
  send();
  bool once_each = true;
  const CpuSet got = receivers(vector, wanted, once_each);
  if (got == wanted) return check(rule, once_each);
  return equal(rule, got, wanted);
}

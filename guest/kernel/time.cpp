#include "guest/kernel/time.h"

#include "guest/arch/cpu.h"
#include "guest/kernel/timekeeping.h"

u32 tsc_khz;

namespace {

u64 tsc_at_start;

}  // namespace

void start_clock(u32 khz) {
  tsc_at_start = rdtsc();
  tsc_khz = khz;
}

u64 tsc_to_ns(u64 cycles) {
  if (tsc_khz == 0) return 0;
  // Split, so that the product stays below 2^64 for centuries.
  return cycles / tsc_khz * 1000000 + cycles % tsc_khz * 1000000 / tsc_khz;
}

u64 sched_clock_ns() { return tsc_khz == 0 ? 0 : tsc_to_ns(rdtsc() - tsc_at_start); }

#pragma once

#include "guest/include/types.h"

inline constexpr u32 kHz = 250;  // timer ticks a second, CONFIG_HZ

extern u64 jiffies;  // periods of kHz since the boot CPU started its timer
extern u32 tsc_khz;  // 0 until calibrated

// Since the time stamp counter was calibrated; 0 before.
u64 sched_clock_ns();

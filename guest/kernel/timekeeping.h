#pragma once

#include "guest/include/types.h"

// The inner side of time keeping.

// Time stamps count from here; `khz` is the rate of the time stamp counter, not 0.
void start_clock(u32 khz);
u64 tsc_to_ns(u64 cycles);

// Finds the rate of the time stamp counter by the ACPI PM timer, or the PIT where there is none.
// 0 if neither works.
u32 calibrate_tsc();

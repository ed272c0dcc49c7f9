#pragma once

#include "guest/include/types.h"

// Jiffies follow the time stamp counter, so that none is lost while no CPU ticks.

// Jiffy 0 begins; once, on the boot CPU, with the clock calibrated.
void start_jiffies();
// Brings `jiffies` up to date; any CPU.
void update_jiffies();
// Reading of the time stamp counter at which a jiffy begins.
u64 tsc_of_jiffy(u64 number);
u64 cycles_per_jiffy();

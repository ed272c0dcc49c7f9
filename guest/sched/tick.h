#pragma once

#include "guest/include/types.h"

// What a tick does on this CPU, kHz times a second unless it is stopped: sleepers, round robin.
void run_tick();

// The jiffy at which the first sleeper of this CPU wants to run; interrupts off.
inline constexpr u64 kNoSleeper = ~u64{0};
u64 first_sleeper();

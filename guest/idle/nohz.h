#pragma once

#include "guest/include/types.h"

// The tick of each CPU, and its end while the CPU idles (kernel/time/tick-sched.c, NO_HZ_IDLE).

// Starts this CPU's tick; its timer is set up.
void tick_start();
// The timer interrupt of this CPU.
void tick_interrupt();

// A pass of the idle loop, with interrupts off: stops the tick, or sets the timer to the next
// sleeper of this CPU, unless that is due within a tick. nohz=off keeps the tick.
void nohz_stop_tick();
// The idle loop ends: the tick goes on where it would be. Interrupts off.
void nohz_restart_tick();

// Until the timer of this CPU is due.
u64 nohz_sleep_length_ns();
// Reading of the time stamp counter at which it is due; kNoTimerEvent: not at all.
inline constexpr u64 kNoTimerEvent = ~u64{0};
u64 next_timer_event();

#pragma once

#include "runtime/apic.h"

/// The clocks of a PC's board, by their specifications.

constexpr u8 pit_vector = 0x51, rtc_vector = 0x52, hpet_vector = 0x53;

/// Sends a pin of the first I/O APIC to this processor; `entry` also has the trigger bits.
void route(unsigned pin, u32 entry);
void mask(unsigned pin);
constexpr u32 level_triggered = 1 << 15, masked = 1 << 16;

volatile u32& count_of(u8 vector);
/// Waits with interrupts enabled until so many have come.
bool reaches(u8 vector, u32 count);
/// Lets `milliseconds` pass by the PM timer or, without one, by the interval timer; an upper bound
/// is not promised.
void wait_milliseconds(unsigned milliseconds);
/// Is a frequency ratio `got` : 1 within 1 part in `tolerance` of `wanted`?
bool near(u64 got, u64 wanted, u64 tolerance);

// PM timer, if there is one.
bool has_pm_timer();
u32 read_pm_timer();
constexpr u32 pm_timer_hz = 3'579'545;

void check_pit();
void check_rtc();
void check_hpet();
void check_pm_timer();

#pragma once

#include "runtime/modes.h"

namespace timer {

constexpr u8 vector = 0x41;
constexpr const char* section = "Vol. 3 §11.5.4";
constexpr const char* deadline_section = "Vol. 3 §11.5.4.1";
constexpr u32 by_1 = 0xB, by_128 = 0xA;
/// A count that does not come to its end while a program runs.
constexpr u32 far = 0xFFFFFFFF;

/// Stopped, masked, nothing pending.
void stop();
void set(u32 entry, u32 divide, u32 count);
u32 count();
bool pending();
u32 taken();
/// Waits for the vector in IRR, and takes it.
bool expires();

void check_counting();
void check_periodic();
void check_changes();
void check_deadline();

}  // namespace timer

#pragma once

#include "runtime/io_apic.h"

/// Pins that nothing else on the board drives.
constexpr unsigned pin_a = 14, pin_b = 15, pin_c = 3;

void check_registers();
void check_edge();
void check_level();
void check_reprogramming();
void check_destinations();
void check_modes();

/// All entries masked, all wires low, the counters of this processor zero.
void quiet();
/// Interrupts of this vector taken by this processor since quiet(); waits for so many.
u32 taken(u8 vector, u32 expected);
/// The same with interrupts enabled meanwhile.
u32 taken_enabled(u8 vector, u32 expected);

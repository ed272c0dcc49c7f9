#pragma once

#include "guest/acpi/dmar.h"

// What the setting up of interrupt remapping has in common in all releases.

// Of intremap= and nointremap.
bool irq_remapping_switched_off();
bool x2apic_optout_overruled();

bool unit_remaps_interrupts(const DmarUnit& unit);

// Every I/O APIC is in the scope of a unit; says which is not.
bool all_io_apics_covered();

// Tells the unit its interrupt table, with 32-bit APIC ids if `extended`, and empties its cache.
void set_interrupt_table(int unit, bool extended);
void switch_remapping_on(int unit);
// What a loader left switched on.
void disable_remapping(int unit);

// The host bridge has the erratum for which Linux leaves remapping off (arch/x86/kernel/
// early-quirks.c intel_remapping_check()); says so, and taints.
bool remapping_is_broken();

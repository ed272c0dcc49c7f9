#pragma once

// Takes what a unit has recorded so far out of its registers.
void clear_remapping_faults(int unit);
// Has the unit report faults to the boot CPU, and reports what it holds; once.
void enable_unit_faults(int unit);

#pragma once

#include "guest/include/types.h"

// Hands the status byte to the port of debug_exit=, if one was given.
void report_exit_status(u8 status);

// The end of a run. With debug_exit=PORT on the command line the status byte is written to that I/O
// port; otherwise ACPI state S5 is entered (kernel_power_off) or the processor halts.
[[noreturn]] void kernel_power_off();
// Resets the machine by the ways that its tables and its chipset offer.
[[noreturn]] void machine_restart();

#pragma once

// A timer that stands in for local APIC timers that stop with their CPU
// (kernel/time/tick-broadcast.c): the HPET, whose interrupt goes to the boot CPU.

// Sets it up. False where the machine has no HPET that can take the place of the PIT.
bool broadcast_init();
// This CPU's timer is about to stop; its next event is handed over. Interrupts off.
void broadcast_enter();
// It runs again: takes back an event that has not come yet. Interrupts off.
void broadcast_exit();

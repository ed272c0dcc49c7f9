#pragma once

#include "guest/idle/idle_state.h"

// Governors and drivers, in the order and with the words of Linux; once, on the boot CPU, with
// interrupts on and all CPUs up.
void cpuidle_init();

// Lets time pass on a CPU that has nothing to do: interrupts are off on entry and on at the end.
void idle_wait();

// Lists, for every online CPU, the states that it has left: how often, how long it was there.
void cpuidle_show();

#pragma once

// Lets time pass on a CPU that has nothing to do. Interrupts are off on entry and on at the end;
// returns after an interrupt, or at once where the command line forbids to halt.
void idle_wait();

#pragma once

// Gives every possible CPU its area: the units of a node's CPUs, in CPU order, in one naturally
// aligned block of that node's memory. Moves the boot CPU to its own.
void setup_per_cpu_areas();

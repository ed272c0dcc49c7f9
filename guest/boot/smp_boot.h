#pragma once

// Takes a page below 1 MiB for the start of other processors; early, while memblock has one.
void reserve_trampoline();
void print_trampoline();
// What the other CPUs need of memory while memblock gives it: idle tasks, call queues.
void smp_prepare_memory();
// What Linux does before it starts the others: APIC mode, routing, I/O APICs, the boot CPU's timer.
void smp_prepare_cpus();
// Starts all present CPUs and waits for them.
void smp_init();

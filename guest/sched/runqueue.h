#pragma once

#include "guest/sched/task.h"

// Prepares the queues of all possible CPUs; once, on the boot CPU, with per-CPU areas in place.
void sched_init();
// An idle task for `cpu`, with a stack of its own; the boot CPU keeps the one that it booted on.
void init_idle_task(int cpu);
task_struct* idle_task(int cpu);
bool in_idle_task();

// Never returns: runs what there is to run, halts otherwise.
[[noreturn]] void cpu_idle();

// Asks this CPU to look at its queue at the next opportunity.
void set_need_resched();

#pragma once

#include "guest/include/types.h"

// The initial RAM disk as the boot loader left it, in the direct map; size 0 if there is none.
struct Initrd {
  const char* data;
  u64 size;
};
const Initrd& boot_initrd();

// Defined by mm/: takes over memblock's free memory, sets up the page and slab allocators.
// Runs on the boot CPU, before interrupts and the other CPUs.
void mm_init();

// Defined by workload/: the first task, once all CPUs are up. Returning from it is the end of the
// run.
void run_workload();

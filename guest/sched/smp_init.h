#pragma once

#include "guest/include/types.h"

// Sets up the interprocessor interrupts; `alloc` gives cleared memory for good, near the CPU.
void smp_call_init(void* (*alloc)(size_t size, int cpu));

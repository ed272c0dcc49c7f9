#pragma once

#include "guest/include/types.h"

// Builds the kernel's page tables (image, direct map of all memory in memblock with the largest
// pages that fit) and switches to them.
void init_memory_mapping();

// Maps one low page to its own address for the start of other processors.
void map_low_identity(u64 phys);

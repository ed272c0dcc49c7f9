// The array of page structures, mapped section by section when a section's first block comes into
// use.
#pragma once

#include "guest/include/types.h"
/// Page frames whose structures fill one 2 MiB page of the array: 128 MiB of memory.
inline constexpr u64 kPagesPerSection = (2ull << 20) / 64;

/// Creates the upper paging structures of the array for all page frames below `end_pfn`, so that
/// mapping a section later allocates no table. Uses boot memory.
void vmemmap_init(u64 end_pfn);

/// True when the page structures of `pfn` exist.
bool vmemmap_present(u64 pfn);

/// Maps the section of `pfn` onto the 2 MiB of memory at `backing_pfn` and clears it: all its pages
/// start as neither free nor allocated.
void vmemmap_map_section(u64 pfn, u64 backing_pfn);

// Four-level page tables: the bits of their entries and the walk that fills them.
#pragma once

#include "guest/mm/kernel_map.h"
#include "guest/mm/page.h"

using pte_t = u64;

inline constexpr unsigned kPtrsPerTable = 512;
/// Entries of a top-level table from here on belong to the kernel and are the same everywhere.
inline constexpr unsigned kKernelPgdBoundary = 256;

/// Levels of the walk, named by what one entry spans.
enum class PageLevel : unsigned { page_4k = 0, page_2m = 1, page_1g = 2, page_512g = 3 };

inline unsigned table_index(u64 address, PageLevel level) {
  return (address >> (kPageShift + 9 * static_cast<unsigned>(level))) & (kPtrsPerTable - 1);
}

inline pte_t* table_of(pte_t entry) {
  return reinterpret_cast<pte_t*>(kPageOffset + (entry & kPteAddressMask));
}

/// Gives a zeroed page for a paging structure, or nullptr.
using TableAllocator = void* (*)();

/// The entry of `address` at `level`, creating the tables above it; nullptr when `allocate` fails
/// or a large page is in the way. Entries that point to new tables get `table_flags`.
pte_t* walk_create(pte_t* top, u64 address, PageLevel level, pte_t table_flags,
                   TableAllocator allocate);

/// The 4 KiB entry of `address`, or nullptr where a table is missing or a large page maps it.
pte_t* walk_find(pte_t* top, u64 address);

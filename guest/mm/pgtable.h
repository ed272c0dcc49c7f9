// Four-level page tables: the bits of their entries and the walk that fills them.
#pragma once

#include <stdint.h>

#include "guest/mm/page.h"

using pte_t = uint64_t;

/// Bits of paging-structure entries (SDM Vol. 3 §4.5.4).
constexpr pte_t PAGE_PRESENT = 1ull << 0;
constexpr pte_t PAGE_RW = 1ull << 1;
constexpr pte_t PAGE_USER = 1ull << 2;
constexpr pte_t PAGE_PSE = 1ull << 7;
constexpr pte_t PAGE_NX = 1ull << 63;
constexpr pte_t PTE_PFN_MASK = 0x000ffffffffff000ull;

constexpr unsigned PTRS_PER_TABLE = 512;
/// Entries of a top-level table from here on belong to the kernel and are the same everywhere.
constexpr unsigned KERNEL_PGD_BOUNDARY = 256;

/// Levels of the walk, named by what one entry spans.
enum class PageLevel : unsigned { page_4k = 0, page_2m = 1, page_1g = 2, page_512g = 3 };

static inline unsigned table_index(uint64_t address, PageLevel level) {
  return (address >> (PAGE_SHIFT + 9 * static_cast<unsigned>(level))) & (PTRS_PER_TABLE - 1);
}

static inline pte_t* table_of(pte_t entry) {
  return reinterpret_cast<pte_t*>(PAGE_OFFSET + (entry & PTE_PFN_MASK));
}

/// Gives a zeroed page for a paging structure, or nullptr.
using TableAllocator = void* (*)();

/// The entry of `address` at `level`, creating the tables above it; nullptr when `allocate` fails
/// or a large page is in the way. Entries that point to new tables get `table_flags`.
pte_t* walk_create(pte_t* top, uint64_t address, PageLevel level, pte_t table_flags,
                   TableAllocator allocate);

/// The 4 KiB entry of `address`, or nullptr where a table is missing or a large page maps it.
pte_t* walk_find(pte_t* top, uint64_t address);

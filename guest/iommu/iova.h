#pragma once

#include "guest/arch/spinlock.h"
#include "guest/lib/list.h"

// Addresses that devices see, in pages: handed out from the top down, as drivers/iommu/iova.c does.

struct Iova {
  list_head link;  // ascending
  u64 low, high;   // page frames, inclusive
  bool reserved;
};

struct IovaSpace {
  SpinLock lock;
  list_head ranges;
  // The range that was handed out last below 4 GiB: the search for the next one begins under it.
  Iova* cached;
};

void iova_space_init(IovaSpace* space);

// `pages` (a power of two, else rounded up) page frames, aligned to their number, the highest that
// are free at or below `limit`. Null if there are none, or no memory.
Iova* iova_alloc(IovaSpace* space, u64 pages, u64 limit);
// Keeps a range from being handed out. False without memory.
bool iova_reserve(IovaSpace* space, u64 low, u64 high);
// The range that holds a page frame and has been handed out, or null.
Iova* iova_find(IovaSpace* space, u64 pfn);
void iova_free(IovaSpace* space, Iova* range);

inline constexpr u64 kIova32BitLimit = 0xfffff;

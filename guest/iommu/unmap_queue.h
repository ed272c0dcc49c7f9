#pragma once

#include "guest/iommu/dma_domain.h"

// Mappings that have been taken out of the tables while a unit may still have them cached. Their
// addresses, and from 4.12 on the tables' pages, are handed out again after a flush: at once in
// strict mode, else for many at a time (drivers/iommu/intel-iommu.c add_unmap(), flush_unmaps();
// 6.1: dma-iommu.c's flush queue).

// Makes the thread that flushes 10 ms after the first of a batch. False without memory.
bool unmap_queue_init();
// Takes over an address range, and pages of tables that had it.
void unmap_later(DmaDomain* domain, Iova* range, TablePages tables);
// Flushes what waits.
void flush_unmaps();
// Flushes one range now and gives it back.
void unmap_now(DmaDomain* domain, Iova* range, TablePages tables);

struct UnmapCounts {
  u64 waiting;  // ranges
  u64 batches;  // flushed so far
};
UnmapCounts unmap_counts();

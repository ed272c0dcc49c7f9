#pragma once

#include "guest/include/types.h"

// The memory of the machine before the page allocator: what there is (by node), what is taken.
// Physical addresses; ranges are [base, base + size).
struct MemRange {
  u64 base;
  u64 size;
  int node;
};

inline constexpr int kNoNode = -1;

void memblock_add(u64 base, u64 size);
// Memory that is not there after all.
void memblock_remove(u64 base, u64 size);
void memblock_reserve(u64 base, u64 size);
void memblock_free(u64 base, u64 size);
// Splits and marks what lies inside as memory of the node.
void memblock_set_node(u64 base, u64 size, int node);

// The highest free place below `limit` (0: no limit) in memory of `node` (kNoNode: any; if the node
// is full, any), aligned to a power of two. 0 if there is none. The memory is not cleared.
u64 memblock_find(u64 size, u64 align, int node, u64 limit);
// Finds, reserves, clears. Physical address, or 0. It must be mapped already: see `limit`.
u64 memblock_alloc(u64 size, u64 align, int node = kNoNode, u64 limit = 0);

int memblock_memory_count();
const MemRange& memblock_memory(int index);
int memblock_reserved_count();
const MemRange& memblock_reserved(int index);

// Calls `visit(range, context)` for every stretch of memory that is not reserved, in rising order.
void memblock_for_each_free(void (*visit)(const MemRange& range, void* context), void* context);

u64 memblock_end_of_memory();
u64 memblock_total_memory();

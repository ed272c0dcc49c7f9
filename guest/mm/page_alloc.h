// The page allocator: power-of-two blocks of page frames, from the memory of a wanted NUMA node
// first.
#pragma once

#include "guest/mm/gfp.h"
#include "guest/mm/page.h"

/// Blocks have orders 0 .. MAX_ORDER - 1.
inline constexpr unsigned MAX_ORDER = 11;

/// Takes over all memory that memblock has left free. Called once, before any other function here.
void page_alloc_init();

/// The node of the running CPU.
int numa_mem_id();

/// A block of 2^order pages, or nullptr when no allowed zone has one. `node` is a preference unless
/// __GFP_THISNODE is set; NUMA_NO_NODE means the running CPU's. The contents are undefined without
/// __GFP_ZERO. With __GFP_COMP the block is a compound page (its tail pages point to the head).
page* alloc_pages_node(int node, gfp_t gfp, unsigned order);
inline page* alloc_pages(gfp_t gfp, unsigned order) {
  return alloc_pages_node(NUMA_NO_NODE, gfp, order);
}

/// Returns a block to its zone when this drops the last reference.
void __free_pages(page* p, unsigned order);

/// Order of a compound page (0 for a single page).
unsigned compound_order(const page* p);

/// Order of the smallest block that holds so many bytes.
inline unsigned get_order(size_t size) {
  unsigned order = 0;
  while ((kPageSize << order) < size) ++order;
  return order;
}

/// As alloc_pages / __free_pages, with the address in the mapping of all memory; nullptr on
/// failure.
void* get_free_pages(gfp_t gfp, unsigned order);
void free_pages(void* address, unsigned order);

/// Sets aside `pages` page frames of a node, highest addresses first, as a contiguous boot-time
/// reservation would: no page structures come into being. Returns the number of pages set aside.
u64 hold_pages(int node, u64 pages);

/// Sets aside all free page frames of a node from `pfn` up, whether in use before or not: the next
/// ones to be handed out lie below. Returns their number.
u64 hold_pages_above(int node, u64 pfn);

/// Free and managed pages of a node, over its zones.
u64 node_free_pages(int node);
u64 node_managed_pages(int node);

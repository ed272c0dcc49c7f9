// Zones of the page allocator: a buddy system over the blocks that have been taken into use, and
// the ranges that nobody has asked for yet.
#pragma once

#include "guest/arch/spinlock.h"
#include "guest/mm/gfp.h"
#include "guest/mm/page.h"
#include "guest/mm/page_alloc.h"

inline constexpr u64 MAX_ORDER_NR_PAGES = 1ull << (MAX_ORDER - 1);

enum zone_type { ZONE_DMA, ZONE_DMA32, ZONE_NORMAL, MAX_NR_ZONES };

/// First page frame above ZONE_DMA (16 MiB) and ZONE_DMA32 (4 GiB).
inline constexpr u64 MAX_DMA_PFN = 16ull << (20 - kPageShift);
inline constexpr u64 MAX_DMA32_PFN = 4ull << (30 - kPageShift);

struct free_area {
  list_head free_list;
  u64 nr_free;
};

/// Free page frames [start, end) whose page structures do not exist yet.
struct untouched_range {
  u64 start;
  u64 end;
};

inline constexpr unsigned MAX_UNTOUCHED_RANGES = 64;

struct zone {
  SpinLock lock;
  int node;
  zone_type type;
  u64 managed_pages;  ///< all pages that the zone ever got
  u64 free_pages;     ///< pages in the buddy lists and in untouched ranges
  unsigned nr_untouched;
  untouched_range untouched[MAX_UNTOUCHED_RANGES];  ///< ascending; taken from the end
  struct free_area free_area[MAX_ORDER];
};

/// Name of a zone type as messages show it.
const char* zone_name(zone_type type);

/// The zone of a node; `node` must be below nr_node_ids.
zone* node_zone(int node, zone_type type);

#include "guest/iommu/iova.h"

#include "guest/mm/slab.h"

namespace {

constexpr u64 kFirstPage = 1;  // address 0 is never handed out

kmem_cache* ranges_cache;

Iova* range_of(list_head* link) { return container_of(link, Iova, link); }

Iova* make_range(u64 low, u64 high, bool reserved) {
  if (ranges_cache == nullptr)
    ranges_cache = kmem_cache_create("iommu_iova", sizeof(Iova), 0, 0, nullptr);
  if (ranges_cache == nullptr) return nullptr;
  auto* range = static_cast<Iova*>(kmem_cache_alloc(ranges_cache, GFP_ATOMIC));
  if (range == nullptr) return nullptr;
  range->low = low;
  range->high = high;
  range->reserved = reserved;
  return range;
}

u64 round_up_power(u64 pages) {
  u64 power = 1;
  while (power < pages) power *= 2;
  return power;
}

// A hole of the address space: behind `below` (the head of the list: nothing), up to `top`.
struct Hole {
  list_head* below;
  u64 top;
};

// The highest hole with room for an aligned block of `pages`; false if there is none.
bool find_hole(IovaSpace* space, u64 pages, u64 limit, Hole* hole) {
  *hole = {space->ranges.prev, limit};
  if (limit == kIova32BitLimit && space->cached != nullptr)
    *hole = {space->cached->link.prev, space->cached->low - 1};
  for (;;) {
    const bool bottom = hole->below == &space->ranges;
    const u64 start = bottom ? kFirstPage : range_of(hole->below)->high + 1;
    if (start <= hole->top) {
      const u64 padding = (hole->top + 1) % pages;
      if (hole->top + 1 - start >= pages + padding) {
        hole->top -= padding;
        return true;
      }
    }
    if (bottom) return false;
    const Iova* below = range_of(hole->below);
    if (below->low == 0) return false;
    if (below->low - 1 < hole->top) hole->top = below->low - 1;
    hole->below = hole->below->prev;
  }
}

void insert_sorted(IovaSpace* space, Iova* range) {
  list_head* at = space->ranges.next;
  while (at != &space->ranges && range_of(at)->low < range->low) at = at->next;
  list_insert_between(&range->link, at->prev, at);
}

}  // namespace

void iova_space_init(IovaSpace* space) {
  *space = {};
  list_init(&space->ranges);
}

Iova* iova_alloc(IovaSpace* space, u64 pages, u64 limit) {
  pages = round_up_power(pages);
  Iova* range = make_range(0, 0, false);
  if (range == nullptr) return nullptr;
  SpinLockIrqGuard guard(space->lock);
  Hole hole;
  if (!find_hole(space, pages, limit, &hole)) {
    kmem_cache_free(ranges_cache, range);
    return nullptr;
  }
  range->high = hole.top;
  range->low = hole.top + 1 - pages;
  list_insert_between(&range->link, hole.below, hole.below->next);
  if (limit == kIova32BitLimit) space->cached = range;
  return range;
}

bool iova_reserve(IovaSpace* space, u64 low, u64 high) {
  if (high < low) return true;
  SpinLockIrqGuard guard(space->lock);
  for (list_head* at = space->ranges.next; at != &space->ranges;) {
    Iova* other = range_of(at);
    at = at->next;
    if (other->high < low || other->low > high) continue;
    // One range for what overlaps.
    low = other->low < low ? other->low : low;
    high = other->high > high ? other->high : high;
    if (space->cached == other) space->cached = nullptr;
    list_del(&other->link);
    kmem_cache_free(ranges_cache, other);
  }
  Iova* range = make_range(low, high, true);
  if (range == nullptr) return false;
  insert_sorted(space, range);
  return true;
}

Iova* iova_find(IovaSpace* space, u64 pfn) {
  SpinLockIrqGuard guard(space->lock);
  for (list_head* at = space->ranges.prev; at != &space->ranges; at = at->prev) {
    Iova* range = range_of(at);
    if (range->low <= pfn) return range->high >= pfn && !range->reserved ? range : nullptr;
  }
  return nullptr;
}

void iova_free(IovaSpace* space, Iova* range) {
  SpinLockIrqGuard guard(space->lock);
  if (space->cached != nullptr && range->low >= space->cached->low) {
    list_head* above = range->link.next;
    const bool below_4g = above != &space->ranges && range_of(above)->low <= kIova32BitLimit;
    space->cached = below_4g ? range_of(above) : nullptr;
  }
  list_del(&range->link);
  kmem_cache_free(ranges_cache, range);
}

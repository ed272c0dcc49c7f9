// Block bookkeeping of one zone. The caller holds the zone's lock.
#pragma once

#include "guest/mm/zone.h"

/// Takes a block of 2^order pages out of the zone, or returns nullptr. Only the first page's
/// structure is made valid.
page* buddy_take(zone* z, unsigned order);

/// Puts a block back and joins it with its free buddies.
void buddy_give(zone* z, page* p, unsigned order);

/// Adds [start, end) to the zone's untouched memory.
void buddy_add_range(zone* z, u64 start, u64 end);

/// Removes up to `pages` page frames from the end of the zone's untouched memory; returns how many.
u64 buddy_hold(zone* z, u64 pages);

/// Removes all free page frames from `pfn` up; returns how many.
u64 buddy_hold_above(zone* z, u64 pfn);

/// Makes `p` a page of zone `z`, with no flags set and no references.
void page_init(zone* z, page* p);

#include "guest/mm/buddy.h"

#include "guest/kernel/printk.h"
#include "guest/mm/vmemmap.h"

namespace {

constexpr u64 pages_of_backing = (2ull << 20) >> kPageShift;

SpinLock section_lock;

bool is_free_block(const page* p, const zone* z, unsigned order) {
  return p->_mapcount == PAGE_BUDDY_MAPCOUNT_VALUE && p->private_data == order &&
         page_to_nid(p) == z->node && page_zonenum(p) == z->type;
}

void link_block(zone* z, page* p, unsigned order) {
  p->_mapcount = PAGE_BUDDY_MAPCOUNT_VALUE;
  p->private_data = order;
  list_add(&p->lru, &z->free_area[order].free_list);
  ++z->free_area[order].nr_free;
}

void unlink_block(zone* z, page* p, unsigned order) {
  list_del(&p->lru);
  --z->free_area[order].nr_free;
  p->_mapcount = PAGE_UNMAPPED_MAPCOUNT;
  p->private_data = 0;
}

/// Joins the block with its buddy as long as that one is free and inside the same largest block.
void insert_block(zone* z, page* p, unsigned order) {
  u64 pfn = page_to_pfn(p);
  while (order < MAX_ORDER - 1) {
    const u64 buddy_pfn = pfn ^ (1ull << order);
    page* buddy = pfn_to_page(buddy_pfn);
    if (!is_free_block(buddy, z, order)) break;
    unlink_block(z, buddy, order);
    pfn &= buddy_pfn;
    ++order;
  }
  link_block(z, pfn_to_page(pfn), order);
}

/// Takes up to `pages` frames, ending at the end of the last range and lying in one aligned block
/// of that size. Empty result (start == end) when the zone has no untouched memory.
untouched_range cut_from_end(zone* z, u64 pages) {
  if (z->nr_untouched == 0) return {0, 0};
  untouched_range& last = z->untouched[z->nr_untouched - 1];
  const u64 floor = align_down(last.end - 1, pages);
  const untouched_range cut = {floor > last.start ? floor : last.start, last.end};
  last.end = cut.start;
  if (last.start == last.end) --z->nr_untouched;
  return cut;
}

/// Finds an aligned 2 MiB piece inside a range: the page structures of a section are kept there.
bool cut_backing(zone* z, u64* pfn) {
  for (unsigned i = z->nr_untouched; i-- > 0;) {
    untouched_range& range = z->untouched[i];
    const u64 start = align_down(range.end, pages_of_backing) - pages_of_backing;
    if (range.end < pages_of_backing || start < range.start) continue;
    const u64 end = range.end;
    *pfn = start;
    range.end = start;
    z->free_pages -= pages_of_backing;
    const u64 rest = end - (start + pages_of_backing);
    if (rest > 0) buddy_add_range(z, start + pages_of_backing, end);
    z->free_pages -= rest;
    z->managed_pages -= rest;
    return true;
  }
  return false;
}

/// Turns frames without page structures into free blocks, as large as alignment allows.
void release_pages(zone* z, untouched_range frames) {
  u64 pfn = frames.start;
  while (pfn < frames.end) {
    unsigned order = MAX_ORDER - 1;
    while ((pfn & ((1ull << order) - 1)) || pfn + (1ull << order) > frames.end) --order;
    page_init(z, pfn_to_page(pfn));
    insert_block(z, pfn_to_page(pfn), order);
    pfn += 1ull << order;
  }
}

/// Makes the page structures of `pfn` exist. Zones may share a section, hence the lock of its own.
bool provide_page_structures(zone* z, u64 pfn) {
  const bool present = vmemmap_present(pfn);
  if (present) return true;
  u64 backing = 0;
  if (!cut_backing(z, &backing)) return false;
  vmemmap_map_section(pfn, backing);
  return true;
}

/// Brings one more largest block into use. False when the zone has no untouched memory left, or
/// none that could hold the block's page structures.
bool refill(zone* z) {
  if (z->nr_untouched == 0) return false;
  const u64 last = z->untouched[z->nr_untouched - 1].end - 1;
  spin_lock(&section_lock);
  const bool present = provide_page_structures(z, last & ~(MAX_ORDER_NR_PAGES - 1));
  spin_unlock(&section_lock);
  if (!present) return false;
  release_pages(z, cut_from_end(z, MAX_ORDER_NR_PAGES));
  return true;
}

page* take_from_lists(zone* z, unsigned order) {
  for (unsigned found = order; found < MAX_ORDER; ++found) {
    struct free_area& area = z->free_area[found];
    if (list_empty(&area.free_list)) continue;
    page* p = container_of(area.free_list.next, page, lru);
    unlink_block(z, p, found);
    while (found > order) {
      --found;
      page* upper = p + (1ull << found);
      page_init(z, upper);
      link_block(z, upper, found);
    }
    return p;
  }
  return nullptr;
}

}  // namespace

void page_init(zone* z, page* p) {
  *p = page{};
  p->flags = static_cast<u64>(z->node) << NODES_PGSHIFT |
             static_cast<u64>(z->type) << ZONES_PGSHIFT | LAST_CPUPID_MASK << LAST_CPUPID_PGSHIFT;
  p->_mapcount = PAGE_UNMAPPED_MAPCOUNT;
  list_init(&p->lru);
}

page* buddy_take(zone* z, unsigned order) {
  for (;;) {
    page* p = take_from_lists(z, order);
    if (p) {
      z->free_pages -= 1ull << order;
      return p;
    }
    if (!refill(z)) return nullptr;
  }
}

void buddy_give(zone* z, page* p, unsigned order) {
  insert_block(z, p, order);
  z->free_pages += 1ull << order;
}

void buddy_add_range(zone* z, u64 start, u64 end) {
  if (z->nr_untouched == MAX_UNTOUCHED_RANGES) {
    printk("mm: too many memory ranges in node %d, [mem 0x%016llx-0x%016llx] not used\n", z->node,
           static_cast<unsigned long long>(start << kPageShift),
           static_cast<unsigned long long>((end << kPageShift) - 1));
    return;
  }
  unsigned at = z->nr_untouched++;
  for (; at > 0 && z->untouched[at - 1].start > start; --at)
    z->untouched[at] = z->untouched[at - 1];
  z->untouched[at] = {start, end};
  z->managed_pages += end - start;
  z->free_pages += end - start;
}

u64 buddy_hold(zone* z, u64 pages) {
  u64 held = 0;
  while (held < pages && z->nr_untouched > 0) {
    untouched_range& last = z->untouched[z->nr_untouched - 1];
    const u64 size = last.end - last.start;
    const u64 take = size < pages - held ? size : pages - held;
    last.end -= take;
    if (last.start == last.end) --z->nr_untouched;
    held += take;
  }
  z->free_pages -= held;
  return held;
}

u64 buddy_hold_above(zone* z, u64 pfn) {
  u64 held = 0;
  for (unsigned order = 0; order < MAX_ORDER; ++order) {
    list_head* head = &z->free_area[order].free_list;
    for (list_head *at = head->next, *next; at != head; at = next) {
      next = at->next;
      page* p = container_of(at, page, lru);
      if (page_to_pfn(p) < pfn) continue;
      unlink_block(z, p, order);
      held += 1ull << order;
    }
  }
  while (z->nr_untouched > 0) {
    untouched_range& last = z->untouched[z->nr_untouched - 1];
    if (last.end <= pfn) break;
    const u64 from = max_of(last.start, pfn);
    held += last.end - from;
    last.end = from;
    if (last.start == last.end) --z->nr_untouched;
  }
  z->free_pages -= held;
  return held;
}

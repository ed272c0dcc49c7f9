#include "guest/mm/page_alloc.h"

#include "guest/arch/cpu.h"
#include "guest/arch/percpu.h"
#include "guest/kernel/bug.h"
#include "guest/lib/probe.h"
#include "guest/lib/string.h"
#include "guest/mm/buddy.h"
#include "guest/mm/kernel_map.h"
#include "guest/mm/memblock.h"
#include "guest/mm/messages.h"
#include "guest/mm/vmemmap.h"
#include "guest/mm/zone.h"
#include "guest/sched/task.h"

namespace {

struct node_zones {
  zone zones[MAX_NR_ZONES];
};

node_zones* node_data[kMaxNodes];
zone_type zone_of_pfn(u64 pfn) {
  if (pfn < MAX_DMA_PFN) return ZONE_DMA;
  return pfn < MAX_DMA32_PFN ? ZONE_DMA32 : ZONE_NORMAL;
}

u64 zone_end(zone_type type) {
  if (type == ZONE_DMA) return MAX_DMA_PFN;
  return type == ZONE_DMA32 ? MAX_DMA32_PFN : ~0ull;
}

void init_zone(zone* z, int node, zone_type type) {
  z->node = node;
  z->type = type;
  for (auto& area : z->free_area) list_init(&area.free_list);
}

void create_node(int node) {
  const u64 where = memblock_alloc(sizeof(node_zones), 64, node);
  if (!where) return;
  node_data[node] = phys_to_virt<node_zones>(where);
  for (int type = 0; type < MAX_NR_ZONES; ++type) {
    init_zone(&node_data[node]->zones[type], node, static_cast<zone_type>(type));
  }
}

/// Gives [start, end) to the zones of its node, cut at the zone boundaries.
void add_memory(int node, u64 start, u64 end) {
  while (start < end) {
    const zone_type type = zone_of_pfn(start);
    const u64 stop = zone_end(type) < end ? zone_end(type) : end;
    buddy_add_range(&node_data[node]->zones[type], start, stop);
    start = stop;
  }
}

/// kNoNode and unknown nodes count as 0.
void add_free_memory(const MemRange& range, void*) {
  const int node = range.node >= 0 && range.node < nr_node_ids ? range.node : 0;
  const u64 start = align_up(range.base, kPageSize) >> kPageShift;
  add_memory(node, start, (range.base + range.size) >> kPageShift);
}

u64 page_table_page() {
  void* table = get_free_pages(GFP_KERNEL | __GFP_ZERO, 0);
  return table ? virt_to_phys(table) : 0;
}

int valid_node(int node) { return node >= 0 && node < nr_node_ids && node_data[node] ? node : 0; }

/// Highest zone that a request may use.
zone_type gfp_zone(gfp_t gfp) {
  if (gfp & __GFP_DMA) return ZONE_DMA;
  return gfp & __GFP_DMA32 ? ZONE_DMA32 : ZONE_NORMAL;
}

page* take_from_node(int node, zone_type highest, unsigned order) {
  if (!node_data[node]) return nullptr;
  for (int type = highest; type >= ZONE_DMA; --type) {
    zone* z = &node_data[node]->zones[type];
    const u64 flags = spin_lock_irqsave(&z->lock);
    page* p = buddy_take(z, order);
    spin_unlock_irqrestore(&z->lock, flags);
    if (p) return p;
  }
  return nullptr;
}

/// Node order: all zones of the wanted node, then those of the nodes after it, wrapping around.
page* take_page(int node, gfp_t gfp, unsigned order) {
  const int tries = gfp & __GFP_THISNODE ? 1 : nr_node_ids;
  for (int i = 0; i < tries; ++i) {
    page* p = take_from_node((node + i) % nr_node_ids, gfp_zone(gfp), order);
    if (p) return p;
  }
  return nullptr;
}

void make_compound(page* head, unsigned order) {
  set_page_flag(head, PG_head);
  zone* z = node_zone(page_to_nid(head), static_cast<zone_type>(page_zonenum(head)));
  for (u64 i = 1; i < 1ull << order; ++i) {
    page_init(z, head + i);
    set_page_flag(head + i, PG_tail);
    head[i].first_page = head;
  }
  if (order > 0) head[1].lru.prev = reinterpret_cast<list_head*>(static_cast<u64>(order));
}

void prepare_page(page* p, gfp_t gfp, unsigned order) {
  p->_mapcount = PAGE_UNMAPPED_MAPCOUNT;
  p->_count = 1;
  p->private_data = 0;
  if (order > 0 && (gfp & __GFP_COMP)) make_compound(p, order);
  if (gfp & __GFP_ZERO) memset(page_address(p), 0, kPageSize << order);
}

}  // namespace

const char* zone_name(zone_type type) {
  static const char* const names[MAX_NR_ZONES] = {"DMA", "DMA32", "Normal"};
  return names[type];
}

zone* node_zone(int node, zone_type type) { return &node_data[node]->zones[type]; }

int numa_mem_id() { return valid_node(numa_node_id()); }

void page_alloc_init() {
  for (int node = 0; node < nr_node_ids; ++node) create_node(node);
  if (!node_data[0]) panic("No memory for the page allocator");
  vmemmap_init(memblock_end_of_memory() >> kPageShift);
  memblock_for_each_free(add_free_memory, nullptr);
  set_page_table_source(page_table_page);
}

page* alloc_pages_node(int node, gfp_t gfp, unsigned order) {
  if (order >= MAX_ORDER) return nullptr;
  page* p = take_page(node == NUMA_NO_NODE ? numa_mem_id() : valid_node(node), gfp, order);
  PROBE3("kmem", "mm_page_alloc", p, u64{order}, u64{gfp});
  if (p) {
    prepare_page(p, gfp, order);
  } else if (!(gfp & __GFP_NOWARN)) {
    printk(msg::kAllocationFailed, current()->comm, static_cast<int>(order), gfp);
  }
  return p;
}

unsigned compound_order(const page* p) {
  return page_flag(p, PG_head) ? static_cast<unsigned>(reinterpret_cast<u64>(p[1].lru.prev)) : 0;
}

void __free_pages(page* p, unsigned order) {
  if (__atomic_sub_fetch(&p->_count, 1, __ATOMIC_ACQ_REL) != 0) return;
  PROBE2("kmem", "mm_page_free", p, u64{order});
  zone* z = node_zone(page_to_nid(p), static_cast<zone_type>(page_zonenum(p)));
  if (page_flag(p, PG_head)) {
    for (u64 i = 1; i < 1ull << order; ++i) page_init(z, p + i);
  }
  page_init(z, p);
  const u64 flags = spin_lock_irqsave(&z->lock);
  buddy_give(z, p, order);
  spin_unlock_irqrestore(&z->lock, flags);
}

void* get_free_pages(gfp_t gfp, unsigned order) {
  page* p = alloc_pages(gfp, order);
  return p ? page_address(p) : nullptr;
}

void free_pages(void* address, unsigned order) {
  if (address) __free_pages(virt_to_page(address), order);
}

u64 hold_pages(int node, u64 pages) {
  u64 held = 0;
  if (node != valid_node(node)) return 0;
  for (int type = ZONE_NORMAL; type >= ZONE_DMA && held < pages; --type) {
    zone* z = node_zone(node, static_cast<zone_type>(type));
    const u64 flags = spin_lock_irqsave(&z->lock);
    held += buddy_hold(z, pages - held);
    spin_unlock_irqrestore(&z->lock, flags);
  }
  return held;
}

u64 hold_pages_above(int node, u64 pfn) {
  u64 held = 0;
  for (int type = 0; type < MAX_NR_ZONES && node == valid_node(node); ++type) {
    zone* z = node_zone(node, static_cast<zone_type>(type));
    const u64 flags = spin_lock_irqsave(&z->lock);
    held += buddy_hold_above(z, pfn);
    spin_unlock_irqrestore(&z->lock, flags);
  }
  return held;
}

u64 node_free_pages(int node) {
  u64 sum = 0;
  for (int type = 0; type < MAX_NR_ZONES && node == valid_node(node); ++type) {
    sum += node_zone(node, static_cast<zone_type>(type))->free_pages;
  }
  return sum;
}

u64 node_managed_pages(int node) {
  u64 sum = 0;
  for (int type = 0; type < MAX_NR_ZONES && node == valid_node(node); ++type) {
    sum += node_zone(node, static_cast<zone_type>(type))->managed_pages;
  }
  return sum;
}

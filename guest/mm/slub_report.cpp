#include "guest/mm/slub_report.h"

#include "guest/arch/cpu.h"
#include "guest/kernel/printk.h"
#include "guest/mm/slub_walk.h"

namespace {

struct Counts {
  s64 objects;  ///< in all slabs
  s64 free;
  s64 slabs;
  u64 partial;      ///< on node lists
  u64 cpu_slabs;    ///< CPUs' current slabs
  u64 cpu_partial;  ///< on CPUs' partial lists
};

void count_nodes(const kmem_cache* s, Counts* counts) {
  for (int node = 0; node < nr_node_ids; ++node) {
    kmem_cache_node* n = s->node[node];
    if (!n) continue;
    counts->objects += n->total_objects;
    counts->slabs += n->nr_slabs;
    counts->partial += n->nr_partial;
    const u64 flags = spin_lock_irqsave(&n->list_lock);
    for (list_head* at = n->partial.next; at != &n->partial; at = at->next) {
      const page* slab = container_of(at, page, lru);
      counts->free += slab->objects - slab->inuse;
    }
    spin_unlock_irqrestore(&n->list_lock, flags);
  }
}

void count_cpus(const kmem_cache* s, Counts* counts) {
  for (int cpu = 0; cpu < nr_cpu_ids; ++cpu) {
    const kmem_cache_cpu* c = per_cpu_ptr(s->cpu_slab, cpu);
    if (const page* slab = c->page) {
      ++counts->cpu_slabs;
      counts->free += slab->objects - slab->inuse;
      counts->free += count_free_objects(s, slab, c->freelist).objects;
    }
    for (const page* slab = c->partial; slab; slab = slab->next) {
      ++counts->cpu_partial;
      counts->free += slab->objects - slab->inuse;
    }
  }
}

void print_cache(kmem_cache* s, void*) {
  Counts counts = {};
  count_nodes(s, &counts);
  if (counts.slabs == 0) return;
  count_cpus(s, &counts);
  pr_info("%-17s %6d %6lld %6lld %5u %5llu %6lld %7llu %4llu %7llu\n", s->name, s->size,
          static_cast<long long>(counts.objects - counts.free),
          static_cast<long long>(counts.objects), oo_objects(s->oo), 1ull << oo_order(s->oo),
          static_cast<long long>(counts.slabs), static_cast<unsigned long long>(counts.partial),
          static_cast<unsigned long long>(counts.cpu_slabs),
          static_cast<unsigned long long>(counts.cpu_partial));
}

}  // namespace

void slub_report() {
  pr_info("%-17s %6s %6s %6s %5s %5s %6s %7s %4s %7s\n", "cache", "size", "active", "total",
          "/slab", "pages", "slabs", "partial", "cpu", "cpu-par");
  for_each_cache(print_cache, nullptr);
}

#include "guest/arch/cpu.h"
#include "guest/kernel/printk.h"
#include "guest/mm/messages.h"
#include "guest/mm/slub_report.h"
#include "guest/mm/slub_walk.h"

namespace {

struct Checked {
  int caches;
  u64 slabs;
  int faults;
};

const char* fault_text(ListFault fault) {
  switch (fault) {
    case ListFault::outside:
      return "leaves the slab";
    case ListFault::misplaced:
      return "is not on an object";
    case ListFault::cycle:
      return "runs in a circle";
    case ListFault::none:
      break;
  }
  return "is sound";
}

void report(Checked* checked, const kmem_cache* s, const page* slab, const char* what) {
  ++checked->faults;
  pr_err("slub: %s: slab 0x%p: %s\n", s->name, static_cast<const void*>(slab), what);
}

void report_list(Checked* checked, const kmem_cache* s, const page* slab, const ListCount& count) {
  ++checked->faults;
  pr_err("slub: %s: slab 0x%p: free pointer %p %s after %u objects\n", s->name,
         static_cast<const void*>(slab), count.bad, fault_text(count.fault), count.objects);
}

/// The slab's own list must hold exactly the objects that are not in use.
void check_slab(Checked* checked, const kmem_cache* s, const page* slab, bool frozen) {
  ++checked->slabs;
  if (!is_slab_of(s, slab)) {
    report(checked, s, slab, "does not belong to this cache");
    return;
  }
  if (slab->frozen != frozen) report(checked, s, slab, frozen ? "is not frozen" : "is frozen");
  const ListCount count = count_free_objects(s, slab, slab->freelist);
  if (count.fault != ListFault::none) {
    report_list(checked, s, slab, count);
  } else if (count.objects + slab->inuse != slab->objects) {
    report(checked, s, slab, "free objects and count differ");
  }
}

void check_node(Checked* checked, const kmem_cache* s, kmem_cache_node* n) {
  u64 length = 0;
  const u64 flags = spin_lock_irqsave(&n->list_lock);
  for (list_head* at = n->partial.next; at != &n->partial && length <= n->nr_partial;
       at = at->next) {
    ++length;
    const page* slab = container_of(at, page, lru);
    check_slab(checked, s, slab, false);
    if (!slab->freelist) report(checked, s, slab, "is full, but on the partial list");
  }
  const u64 counter = n->nr_partial;
  spin_unlock_irqrestore(&n->list_lock, flags);
  if (length == counter) return;
  ++checked->faults;
  printk(msg::kSlubPartialCount, s->name, static_cast<long>(length), static_cast<long>(counter));
}

/// Objects on the CPU's list count as in use; none may be on the slab's list, too, which the number
/// of objects tells.
void check_cpu(Checked* checked, const kmem_cache* s, const kmem_cache_cpu* c) {
  if (const page* slab = c->page) {
    check_slab(checked, s, slab, true);
    const ListCount count = count_free_objects(s, slab, c->freelist);
    if (count.fault != ListFault::none) {
      report_list(checked, s, slab, count);
    } else if (count.objects > slab->inuse) {
      report(checked, s, slab, "more objects on the CPU's list than are in use");
    }
  } else if (c->freelist) {
    report(checked, s, nullptr, "a CPU has a free list without a slab");
  }
  for (const page* slab = c->partial; slab; slab = slab->next) check_slab(checked, s, slab, true);
}

void check_cache(kmem_cache* s, void* context) {
  auto* checked = static_cast<Checked*>(context);
  ++checked->caches;
  for (int node = 0; node < nr_node_ids; ++node) {
    if (s->node[node]) check_node(checked, s, s->node[node]);
  }
  for (int cpu = 0; cpu < nr_cpu_ids; ++cpu) check_cpu(checked, s, per_cpu_ptr(s->cpu_slab, cpu));
}

}  // namespace

int slub_validate() {
  Checked checked = {};
  for_each_cache(check_cache, &checked);
  pr_info("slub: validated %d caches, %llu slabs: %d faults\n", checked.caches,
          static_cast<unsigned long long>(checked.slabs), checked.faults);
  return checked.faults;
}

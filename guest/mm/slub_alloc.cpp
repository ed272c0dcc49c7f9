// Allocation: the fast path takes the head of the CPU's free list, the slow path finds the CPU a
// slab.
#include "guest/arch/irqflags.h"
#include "guest/lib/string.h"
#include "guest/mm/messages.h"
#include "guest/mm/page_alloc.h"
#include "guest/mm/slub.h"
#include "guest/mm/slub_fast_path.h"

namespace {

/// Takes over what has been freed into the CPU's slab by others. nullptr: nothing, and the slab is
/// no longer the CPU's.
void* get_freelist(page* slab) {
  for (;;) {
    const SlabState from(slab);
    SlabState to = from;
    to.freelist = nullptr;
    to.counters.inuse = from.counters.objects & 0xffff;
    to.counters.frozen = from.freelist != nullptr;
    if (exchange_state(slab, from, to)) return from.freelist;
  }
}

/// Objects from a partial slab or a new one, which becomes the CPU's slab.
void* new_slab_objects(kmem_cache* s, gfp_t gfp, int node, kmem_cache_cpu* c) {
  void* objects = get_partial(s, node, c);
  if (objects) return objects;
  page* slab = new_slab(s, gfp, node);
  if (!slab) return nullptr;
  // Nobody else knows the slab yet: no exchange is needed.
  objects = slab->freelist;
  slab->freelist = nullptr;
  SLUB_STAT("alloc_slab", s);
  set_cpu_slab(c, slab);
  return objects;
}

/// Objects of the CPU's slab, if it has any and lies on the wanted node; otherwise the CPU has no
/// slab afterwards.
void* objects_of_cpu_slab(kmem_cache* s, int node, kmem_cache_cpu* c) {
  page* slab = c->page;
  void* objects = c->freelist;
  if (!node_match(slab, node)) {
    SLUB_STAT("alloc_node_mismatch", s);
    c->page = nullptr;
    c->freelist = nullptr;
    deactivate_slab(s, slab, objects);
    return nullptr;
  }
  if (objects) return objects;  // an interrupt has refilled the list
  objects = get_freelist(slab);
  if (objects) {
    SLUB_STAT("alloc_refill", s);
  } else {
    c->page = nullptr;
    SLUB_STAT("deactivate_bypass", s);
  }
  return objects;
}

void report_out_of_memory(kmem_cache* s, gfp_t gfp, int node) {
  if (gfp & __GFP_NOWARN) return;
  printk(msg::kSlubOutOfMemory, node, gfp);
  printk(msg::kSlubOutOfMemoryCache, s->name, s->object_size, s->size,
         static_cast<int>(oo_order(s->oo)), static_cast<int>(oo_order(s->min)));
}

}  // namespace

extern "C" {

NOINLINE void* __slab_alloc(kmem_cache* s, gfp_t gfp, int node, u64 caller) {
  const u64 flags = local_irq_save();
  PROBE2("slub", "alloc_slowpath", s, caller);
  kmem_cache_cpu* c = this_cpu_ptr(s->cpu_slab);
  void* objects = nullptr;
  while (c->page && !objects) objects = objects_of_cpu_slab(s, node, c);
  while (!objects && c->partial) {
    set_cpu_slab(c, c->partial);
    c->partial = c->page->next;
    c->freelist = nullptr;
    SLUB_STAT("cpu_partial_alloc", s);
    objects = objects_of_cpu_slab(s, node, c);
  }
  if (!objects) objects = new_slab_objects(s, gfp, node, c);
  if (objects) {
    c->freelist = static_cast<void**>(get_freepointer(s, objects));
    c->tid = next_tid(c->tid);
  } else {
    report_out_of_memory(s, gfp, node);
  }
  local_irq_restore(flags);
  return objects;
}

void* kmem_cache_alloc(kmem_cache* s, gfp_t gfp) {
  const u64 caller = caller_of(__builtin_return_address(0));
  void* object = slab_alloc_node(s, gfp, NUMA_NO_NODE, caller);
  KMEM_PROBE("kmem_cache_alloc", caller, object, static_cast<u64>(s->object_size),
             static_cast<u64>(s->size), gfp);
  return object;
}

void* kmem_cache_alloc_node(kmem_cache* s, gfp_t gfp, int node) {
  const u64 caller = caller_of(__builtin_return_address(0));
  void* object = slab_alloc_node(s, gfp, node, caller);
  KMEM_PROBE("kmem_cache_alloc_node", caller, object, static_cast<u64>(s->object_size),
             static_cast<u64>(s->size), gfp);
  return object;
}

void* __kmalloc_node(size_t size, gfp_t gfp, int node) {
  kmem_cache* s = kmalloc_slab(size);
  if (!s) return kmalloc_large(size, gfp, node);
  const u64 caller = caller_of(__builtin_return_address(0));
  void* object = slab_alloc_node(s, gfp, node, caller);
  KMEM_PROBE("kmalloc_node", caller, object, size, static_cast<u64>(s->size), gfp);
  return object;
}

}  // extern "C"

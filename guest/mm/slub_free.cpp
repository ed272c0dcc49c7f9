// Freeing: onto the CPU's free list if the object lies in the CPU's slab, else back to its slab.
#include "guest/kernel/bug.h"
#include "guest/mm/page_alloc.h"
#include "guest/mm/slub.h"

namespace {

ALWAYS_INLINE void slab_free(kmem_cache* s, page* slab, void* object, u64 caller) {
  for (;;) {
    kmem_cache_cpu* c = this_cpu_ptr(s->cpu_slab);
    const u64 tid = read_once(c->tid);
    barrier();
    if (slab != read_once(c->page)) {
      __slab_free(s, slab, object, caller);
      return;
    }
    void* head = read_once(c->freelist);
    set_freepointer(s, object, head);
    if (cmpxchg_double_cpu(s, head, tid, object)) {
      SLUB_STAT("free_fastpath", s);
      return;
    }
    SLUB_STAT("cmpxchg_double_cpu_fail", s);
  }
}

/// The slab has lost its last object in use, with the node's lock held: it leaves the list, if it
/// was on it, and goes back to the page allocator.
void free_empty_slab(kmem_cache* s, kmem_cache_node* n, page* slab, bool on_list, u64 flags) {
  if (on_list) {
    remove_partial(n, slab);
    SLUB_STAT("free_remove_partial", s);
  }
  spin_unlock_irqrestore(&n->list_lock, flags);
  SLUB_STAT("free_slab", s);
  discard_slab(s, slab);
}

}  // namespace

extern "C" {

NOINLINE void __slab_free(kmem_cache* s, page* slab, void* object, u64 caller) {
  PROBE2("slub", "free_slowpath", s, caller);
  kmem_cache_node* locked = nullptr;
  u64 flags = 0;
  void* prior;
  bool was_frozen;
  for (;;) {
    const SlabState from(slab);
    SlabState to = from;
    prior = from.freelist;
    was_frozen = from.counters.frozen;
    set_freepointer(s, object, prior);
    to.freelist = object;
    to.counters.inuse = (from.counters.inuse - 1) & 0xffff;
    // A slab that was full is on no list: it becomes this CPU's, without any lock.
    const bool was_full = prior == nullptr && !was_frozen;
    if (was_full) to.counters.frozen = 1;
    // One that becomes empty may have to leave its node's list.
    if (to.counters.inuse == 0 && !was_frozen && !was_full) {
      locked = s->node[page_to_nid(slab)];
      flags = spin_lock_irqsave(&locked->list_lock);
    }
    if (exchange_state(slab, from, to)) {
      if (locked && to.counters.inuse == 0 && locked->nr_partial > s->min_partial) {
        free_empty_slab(s, locked, slab, true, flags);
        return;
      }
      if (locked) spin_unlock_irqrestore(&locked->list_lock, flags);
      if (was_full) {
        put_cpu_partial(s, slab, true);
        SLUB_STAT("cpu_partial_free", s);
      }
      break;
    }
    if (locked) spin_unlock_irqrestore(&locked->list_lock, flags);
    locked = nullptr;
    SLUB_STAT("cmpxchg_double_fail", s);
  }
  if (was_frozen) SLUB_STAT("free_frozen", s);
}

void kmem_cache_free(kmem_cache* s, void* object) {
  const u64 caller = reinterpret_cast<u64>(__builtin_return_address(0));
  PROBE2("kmem", "kmem_cache_free", caller, object);
  slab_free(s, virt_to_head_page(object), object, caller);
}

void kfree(const void* object) {
  const u64 caller = reinterpret_cast<u64>(__builtin_return_address(0));
  PROBE2("kmem", "kfree", caller, object);
  if (!object) return;
  page* slab = virt_to_head_page(object);
  if (!page_flag(slab, PG_slab)) {
    BUG_ON(!page_flag(slab, PG_head));
    __free_pages(slab, compound_order(slab));
    return;
  }
  slab_free(slab->slab_cache, slab, const_cast<void*>(object), caller);
}

}  // extern "C"

// Slabs as blocks of pages: how they are made, filled and given back.
#include "guest/arch/irqflags.h"
#include "guest/kernel/bug.h"
#include "guest/mm/page_alloc.h"
#include "guest/mm/slub.h"

namespace {

/// The preferred order first, without complaint; then the smallest that holds one object.
page* allocate_pages(kmem_cache* s, gfp_t gfp, int node, kmem_cache_order_objects* used) {
  const gfp_t flags = (gfp & ~(__GFP_ZERO | __GFP_NOFAIL)) | s->allocflags;
  *used = s->oo;
  page* slab = alloc_pages_node(node, flags | __GFP_NOWARN | __GFP_NORETRY, oo_order(s->oo));
  if (slab) return slab;
  *used = s->min;
  slab = alloc_pages_node(node, flags, oo_order(s->min));
  if (slab) SLUB_STAT("order_fallback", s);
  return slab;
}

/// Links all objects in the order of their addresses.
void link_objects(kmem_cache* s, page* slab, char* start, unsigned objects) {
  char* object = start;
  for (unsigned i = 1; i <= objects; ++i, object += s->size) {
    if (s->ctor) s->ctor(object);
    set_freepointer(s, object, i < objects ? object + s->size : nullptr);
  }
  slab->freelist = start;
}

/// The slab's bit lock (mm/slub.c slab_lock(), bit_spin_lock() on PG_locked).
void slab_lock(page* slab) {
  const u64 bit = u64{1} << PG_locked;
  while (__atomic_fetch_or(&slab->flags, bit, __ATOMIC_ACQUIRE) & bit) cpu_relax();
}

void slab_unlock(page* slab) {
  __atomic_fetch_and(&slab->flags, ~(u64{1} << PG_locked), __ATOMIC_RELEASE);
}

}  // namespace

bool locked_exchange_slab(page* slab, void* freelist_old, u64 counters_old, void* freelist_new,
                          u64 counters_new) {
  IrqGuard guard;
  slab_lock(slab);
  const bool same = slab->freelist == freelist_old && slab->counters == counters_old;
  if (same) {
    write_once(slab->freelist, freelist_new);
    write_once(slab->counters, counters_new);
  }
  slab_unlock(slab);
  return same;
}

page* new_slab(kmem_cache* s, gfp_t gfp, int node) {
  kmem_cache_order_objects used;
  page* slab = allocate_pages(s, gfp, node, &used);
  if (!slab) return nullptr;
  kmem_cache_node* n = s->node[page_to_nid(slab)];
  if (n) {  // absent only while the first node structures are made
    atomic_inc(n->nr_slabs);
    atomic_fetch_add(n->total_objects, oo_objects(used));
  }
  slab->slab_cache = s;
  set_page_flag(slab, PG_slab);
  slab->_mapcount = 0;
  slab->objects = oo_objects(used) & 0x7fff;
  slab->inuse = slab->objects & 0xffff;
  slab->frozen = 1;
  link_objects(s, slab, static_cast<char*>(page_address(slab)), oo_objects(used));
  return slab;
}

void discard_slab(kmem_cache* s, page* slab) {
  kmem_cache_node* n = s->node[page_to_nid(slab)];
  atomic_dec(n->nr_slabs);
  atomic_fetch_add(n->total_objects, -static_cast<s64>(slab->objects));
  clear_page_flag(slab, PG_slab);
  slab->_mapcount = PAGE_UNMAPPED_MAPCOUNT;
  slab->slab_cache = nullptr;
  __free_pages(slab, compound_order(slab));
}

#include "guest/mm/slub_walk.h"

ListCount count_free_objects(const kmem_cache* s, const page* slab, const void* head) {
  ListCount count = {0, ListFault::none, nullptr};
  const u64 start = reinterpret_cast<u64>(page_address(slab));
  const u64 size = static_cast<u64>(s->size);
  for (const void* at = head; at; at = get_freepointer(s, at)) {
    const u64 offset = reinterpret_cast<u64>(at) - start;
    count.bad = at;
    if (offset >= size * slab->objects) {
      count.fault = ListFault::outside;
    } else if (offset % size != 0) {
      count.fault = ListFault::misplaced;
    } else if (count.objects == slab->objects) {
      count.fault = ListFault::cycle;
    }
    if (count.fault != ListFault::none) return count;
    ++count.objects;
  }
  count.bad = nullptr;
  return count;
}

bool is_slab_of(const kmem_cache* s, const page* slab) {
  return page_flag(slab, PG_slab) && slab->slab_cache == s && slab->objects <= oo_objects(s->max) &&
         slab->inuse <= slab->objects;
}

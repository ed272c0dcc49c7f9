// The fast path of allocation, inlined into each function that allocates.
#pragma once

#include "guest/lib/string.h"
#include "guest/mm/slub.h"

ALWAYS_INLINE void* slab_alloc_node(kmem_cache* s, gfp_t gfp, int node, u64 caller) {
  void* object;
  for (;;) {
    kmem_cache_cpu* c = this_cpu_ptr(s->cpu_slab);
    const u64 tid = read_once(c->tid);
    object = read_once(c->freelist);
    if (!object || !node_match(read_once(c->page), node)) {
      object = __slab_alloc(s, gfp, node, caller);
      break;
    }
    void* next = get_freepointer(s, object);
    if (cmpxchg_double_cpu(s, object, tid, next)) {
      __builtin_prefetch(static_cast<char*>(next) + s->offset);
      SLUB_STAT("alloc_fastpath", s);
      break;
    }
    SLUB_STAT("cmpxchg_double_cpu_fail", s);
  }
  if ((gfp & __GFP_ZERO) && object) memset(object, 0, static_cast<size_t>(s->object_size));
  return object;
}

inline u64 caller_of(void* return_address) { return reinterpret_cast<u64>(return_address); }

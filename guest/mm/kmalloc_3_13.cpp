// kmalloc of a size known when running; 3.2 has it in assembly, at a place of its own.
#include "guest/mm/slub_fast_path.h"

void* __kmalloc(size_t size, gfp_t gfp) {
  kmem_cache* s = kmalloc_slab(size);
  if (!s) return kmalloc_large(size, gfp, NUMA_NO_NODE);
  const u64 caller = caller_of(__builtin_return_address(0));
  void* object = slab_alloc_node(s, gfp, NUMA_NO_NODE, caller);
  KMEM_PROBE("kmalloc", caller, object, size, static_cast<u64>(s->size), gfp);
  return object;
}

// kmalloc: the caches by size, and the page allocator above them.
#include "guest/arch/cpu.h"
#include "guest/mm/messages.h"
#include "guest/mm/page_alloc.h"
#include "guest/mm/slub.h"

kmem_cache* kmalloc_caches[kMallocShiftHigh + 1];

namespace {

const char* const kmalloc_names[kMallocShiftHigh + 1] = {
    nullptr,        "kmalloc-96",   "kmalloc-192",  "kmalloc-8",   "kmalloc-16",
    "kmalloc-32",   "kmalloc-64",   "kmalloc-128",  "kmalloc-256", "kmalloc-512",
    "kmalloc-1024", "kmalloc-2048", "kmalloc-4096", "kmalloc-8192"};

constexpr unsigned cache_line_size = 64;

void create(unsigned index, size_t size) {
  kmalloc_caches[index] = create_boot_cache(kmalloc_names[index], size);
}

/// Powers of two in rising order; 96 and 192 right behind the power below them.
void create_kmalloc_caches() {
  for (unsigned shift = kMallocShiftLow; shift <= kMallocShiftHigh; ++shift) {
    create(shift, size_t{1} << shift);
    if (shift == 6) create(1, 96);
    if (shift == 7) create(2, 192);
  }
}

}  // namespace

kmem_cache* kmalloc_slab(size_t size) {
  if (size == 0 || size > kMallocMaxCacheSize) return nullptr;
  return kmalloc_caches[kmalloc_index(size)];
}

void* kmalloc_large(size_t size, gfp_t gfp, int node) {
  if (size == 0) return nullptr;
  unsigned order = 0;
  while (order < MAX_ORDER && (kPageSize << order) < size) ++order;
  page* p = alloc_pages_node(node, gfp | __GFP_COMP, order);
  return p ? page_address(p) : nullptr;
}

void kmem_cache_init() {
  create_own_caches();
  create_kmalloc_caches();
  const SlubLimits& limits = slub_limits();
  printk(msg::kSlub, static_cast<int>(cache_line_size), static_cast<int>(limits.min_order),
         static_cast<int>(limits.max_order), static_cast<int>(limits.min_objects), nr_cpu_ids,
         nr_node_ids);
}

#include "guest/boot/start_kernel.h"
#include "guest/mm/page_alloc.h"
#include "guest/mm/slab.h"

void mm_init() {
  page_alloc_init();
  kmem_cache_init();
}

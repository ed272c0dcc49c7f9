#pragma once

#include "guest/kernel/message_tables.h"
#include "guest/kernel/printk.h"
#include "guest/mm/messages_3_13.h"

// What the memory management of Linux 3.2 says otherwise than 3.13, with the file that says it.
namespace msg_3_2 {

// arch/x86/mm/init_64.c mem_init(); all up to the highest address counts, and what is not there is
// named.
inline void print_memory(const MemoryReport& m) {
  printk(KERN_INFO
         "Memory: %luk/%luk available (%luk kernel code, %luk absent, %luk reserved, %luk data, "
         "%luk init)\n",
         m.available, m.total + m.absent, m.code, m.absent, m.total - m.available, m.data, 0ul);
}
// mm/slub.c kmem_cache_init(); the caches made there: two of its own, thirteen of kmalloc
inline constexpr char kSlub[] =
    KERN_INFO "SLUB: Genslabs=15, HWalign=%d, Order=%d-%d, MinObjects=%d, CPUs=%d, Nodes=%d\n";
// mm/slub.c kmem_cache_init() and kmem_cache_create()
inline constexpr char kBootCacheFailed[] = "Creation of kmalloc slab %s size=%zu failed.\n";
inline constexpr char kCacheFailed[] = "Cannot create slabcache %s\n";

}  // namespace msg_3_2

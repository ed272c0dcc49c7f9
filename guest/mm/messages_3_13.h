#pragma once

#include "guest/kernel/printk.h"

// What the memory management of Linux 3.13 says, with the file that says it.
namespace msg_3_13 {

// mm/page_alloc.c build_all_zonelists(); nodes come before zones, pages are not grouped by
// mobility.
inline constexpr char kBuiltZonelists[] =
    "Built %i zonelists in Node order, mobility grouping off.  Total pages: %ld\n";
inline constexpr char kPolicyZone[] = "Policy zone: %s\n";
/// In KiB; initialisation code is not freed, so its size is 0.
struct MemoryReport {
  unsigned long available, total, absent, code, data, read_only, zeroed;
};
// mm/page_alloc.c mem_init_print_info()
inline void print_memory(const MemoryReport& m) {
  printk(KERN_INFO
         "Memory: %luK/%luK available (%luK kernel code, %luK rwdata, %luK rodata, %luK init, "
         "%luK bss, %luK reserved)\n",
         m.available, m.total, m.code, m.data, m.read_only, 0ul, m.zeroed, m.total - m.available);
}
// mm/page_alloc.c warn_alloc_failed()
inline constexpr char kAllocationFailed[] =
    KERN_WARNING "%s: page allocation failure: order:%d, mode:0x%x\n";
// mm/slub.c kmem_cache_init()
inline constexpr char kSlub[] =
    KERN_INFO "SLUB: HWalign=%d, Order=%d-%d, MinObjects=%d, CPUs=%d, Nodes=%d\n";
// mm/slub.c slab_out_of_memory()
inline constexpr char kSlubOutOfMemory[] =
    KERN_WARNING "SLUB: Unable to allocate memory on node %d (gfp=0x%x)\n";
inline constexpr char kSlubOutOfMemoryCache[] = KERN_WARNING
    "  cache: %s, object size: %d, buffer size: %d, default order: %d, min order: %d\n";
// mm/slub.c validate_slab_node()
inline constexpr char kSlubPartialCount[] =
    KERN_ERR "SLUB %s: %ld partial slabs counted but counter=%ld\n";
// mm/slab_common.c create_boot_cache(), kmem_cache_create_memcg()
inline constexpr char kBootCacheFailed[] = "Creation of kmalloc slab %s size=%zu failed.\n";
inline constexpr char kCacheFailed[] = "kmem_cache_create: Failed to create slab '%s'.\n";

}  // namespace msg_3_13

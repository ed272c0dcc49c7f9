#include "guest/arch/cpu.h"
#include "guest/boot/start_kernel.h"
#include "guest/mm/memblock.h"
#include "guest/mm/messages.h"
#include "guest/mm/page_alloc.h"
#include "guest/mm/slab.h"
#include "guest/mm/zone.h"

extern "C" const char _text[], _etext[], _rodata[], _data[], _edata[], __bss_start[], __bss_stop[];

namespace {

unsigned long kib(u64 bytes) { return static_cast<unsigned long>(bytes >> 10); }

unsigned long kib_between(const char* start, const char* end) {
  return kib(reinterpret_cast<u64>(end) - reinterpret_cast<u64>(start));
}

/// The highest kind of zone that any node has: what a NUMA policy would govern.
zone_type policy_zone() {
  for (int type = ZONE_NORMAL; type > ZONE_DMA; --type) {
    for (int node = 0; node < nr_node_ids; ++node) {
      if (node_zone(node, static_cast<zone_type>(type))->managed_pages > 0) {
        return static_cast<zone_type>(type);
      }
    }
  }
  return ZONE_DMA;
}

void report_zones() {
  u64 managed = 0;
  for (int node = 0; node < nr_node_ids; ++node) managed += node_managed_pages(node);
  printk(msg::kBuiltZonelists, num_online_nodes(), static_cast<long>(managed));
  printk(msg::kPolicyZone, zone_name(policy_zone()));
}

/// Initialisation code is not freed: the image has no such part.
void report_memory() {
  u64 free_bytes = 0;
  for (int node = 0; node < nr_node_ids; ++node) free_bytes += node_free_pages(node) << kPageShift;
  const u64 total = memblock_total_memory();
  msg::MemoryReport report{};
  report.available = kib(free_bytes);
  report.total = kib(total);
  report.absent = kib(memblock_end_of_memory() - total);
  report.code = kib_between(_text, _etext);
  report.data = kib_between(_data, _edata);
  report.read_only = kib_between(_rodata, _data);
  report.zeroed = kib_between(__bss_start, __bss_stop);
  msg::print_memory(report);
}

}  // namespace

void mm_init() {
  page_alloc_init();
  report_zones();
  report_memory();
  kmem_cache_init();
}

#include "guest/mm/vmemmap.h"

#include "guest/lib/string.h"
#include "guest/mm/memblock.h"
#include "guest/mm/pgtable.h"

namespace {

constexpr pte_t kernel_table = kPtePresent | kPteWrite;
constexpr u64 large_page = 2ull << 20;

void* boot_table() {
  const u64 table = memblock_alloc(kPageSize, kPageSize);
  return table ? phys_to_virt(table) : nullptr;
}

void* no_table() { return nullptr; }

pte_t* section_entry(u64 pfn) {
  return walk_create(kernel_pml4(), reinterpret_cast<u64>(pfn_to_page(pfn)), PageLevel::page_2m,
                     kernel_table, no_table);
}

}  // namespace

void vmemmap_init(u64 end_pfn) {
  for (u64 pfn = 0; pfn < end_pfn; pfn += kPagesPerSection) {
    walk_create(kernel_pml4(), reinterpret_cast<u64>(pfn_to_page(pfn)), PageLevel::page_2m,
                kernel_table, boot_table);
  }
}

bool vmemmap_present(u64 pfn) {
  const pte_t* entry = section_entry(pfn);
  return entry && (*entry & kPtePresent);
}

void vmemmap_map_section(u64 pfn, u64 backing_pfn) {
  pte_t* entry = section_entry(pfn);
  if (!entry) return;
  *entry = (backing_pfn << kPageShift) | kPtePresent | kPteWrite | kPtePse;
  memset(pfn_to_page(pfn & ~(kPagesPerSection - 1)), 0, large_page);
}

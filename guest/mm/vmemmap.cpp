#include "guest/mm/vmemmap.h"

#include "guest/arch/msr.h"
#include "guest/lib/string.h"
#include "guest/mm/memblock.h"
#include "guest/mm/pgtable.h"

namespace {

constexpr pte_t kernel_table = PAGE_PRESENT | PAGE_RW;
constexpr uint64_t large_page = 2ull << 20;

void* boot_table() {
  const uint64_t table = memblock_alloc(PAGE_SIZE, PAGE_SIZE);
  if (!table) return nullptr;
  void* address = reinterpret_cast<void*>(PAGE_OFFSET + table);
  memset(address, 0, PAGE_SIZE);
  return address;
}

void* no_table() { return nullptr; }

pte_t* kernel_top() { return table_of(read_cr3()); }

pte_t* section_entry(uint64_t pfn) {
  return walk_create(kernel_top(), reinterpret_cast<uint64_t>(pfn_to_page(pfn)), PageLevel::page_2m,
                     kernel_table, no_table);
}

}  // namespace

void vmemmap_init(uint64_t end_pfn) {
  for (uint64_t pfn = 0; pfn < end_pfn; pfn += PAGES_PER_SECTION) {
    walk_create(kernel_top(), reinterpret_cast<uint64_t>(pfn_to_page(pfn)), PageLevel::page_2m,
                kernel_table, boot_table);
  }
}

bool vmemmap_present(uint64_t pfn) {
  const pte_t* entry = section_entry(pfn);
  return entry && (*entry & PAGE_PRESENT);
}

void vmemmap_map_section(uint64_t pfn, uint64_t backing_pfn) {
  pte_t* entry = section_entry(pfn);
  if (!entry) return;
  *entry = (backing_pfn << PAGE_SHIFT) | PAGE_PRESENT | PAGE_RW | PAGE_PSE;
  memset(pfn_to_page(pfn & ~(PAGES_PER_SECTION - 1)), 0, large_page);
}

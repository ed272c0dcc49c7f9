#include "guest/mm/pgtable.h"

pte_t* walk_create(pte_t* top, u64 address, PageLevel level, pte_t table_flags,
                   TableAllocator allocate) {
  pte_t* table = top;
  for (unsigned at = 3; at > static_cast<unsigned>(level); --at) {
    pte_t& entry = table[table_index(address, static_cast<PageLevel>(at))];
    if (!(entry & kPtePresent)) {
      void* fresh = allocate();
      if (!fresh) return nullptr;
      entry = (reinterpret_cast<u64>(fresh) - kPageOffset) | table_flags;
    } else if (at < 3 && (entry & kPtePse)) {
      return nullptr;
    }
    table = table_of(entry);
  }
  return &table[table_index(address, level)];
}

pte_t* walk_find(pte_t* top, u64 address) {
  pte_t* table = top;
  for (unsigned at = 3; at > 0; --at) {
    const pte_t entry = table[table_index(address, static_cast<PageLevel>(at))];
    if (!(entry & kPtePresent) || (at < 3 && (entry & kPtePse))) return nullptr;
    table = table_of(entry);
  }
  return &table[table_index(address, PageLevel::page_4k)];
}

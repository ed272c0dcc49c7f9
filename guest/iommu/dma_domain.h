#pragma once

#include "guest/iommu/iova.h"
#include "guest/iommu/vtd_flush.h"
#include "guest/mm/page.h"

// An address space that devices see: second-level page tables (VT-d §9.8) and who owns which part.

inline constexpr unsigned kDmaRead = 1u << 0, kDmaWrite = 1u << 1;

struct DmaDomain {
  u64* top;          // the page table's first page
  int levels;        // of the table, 2 to 5
  int width;         // bits of an address
  int large_levels;  // how many levels above the last may hold a page
  bool coherent;     // all its units snoop the CPUs' caches when they read tables
  bool identity;     // addresses are physical ones, for many devices
  bool first_level;  // tables in the format of the processor (VT-d §9.7)
  u32 pasid;         // under which units have first-level tables cached
  u64 units;         // bit map of those that it is attached to
  u16 ids[kMostDmarUnits];
  SpinLock lock;  // of the page table
  IovaSpace space;
};

// Pages taken out of a page table, to be freed once no unit can have them cached.
struct TablePages {
  page* first;  // chained by page::next
};

// What a domain is for: the addresses of one device or group, all memory, or a program's addresses
// (PASID) that come into being by page requests.
enum class DomainKind : u8 { device, identity, shared };
// An empty space as the unit can walk it; null, or a message and null, where that cannot be.
DmaDomain* dma_domain_create(int unit, DomainKind kind);
// Makes the domain known to the unit under an id of its own. False when the unit has no more ids.
bool dma_domain_attach(DmaDomain* domain, int unit);

// False without memory. The pages must not be mapped.
bool dma_domain_map(DmaDomain* domain, u64 pfn, u64 target, u64 pages, unsigned access);
// Takes the mapping of [first, last] out, and the tables that this empties; a large page that
// begins there goes as a whole.
TablePages dma_domain_unmap(DmaDomain* domain, u64 first, u64 last);
void free_table_pages(TablePages pages);
// Maps [start, end] to itself, skipping what is mapped already.
bool dma_domain_map_identity(DmaDomain* domain, u64 start, u64 end);
// Where an address leads; ~0 if nowhere.
u64 dma_domain_translate(DmaDomain* domain, u64 address);
// The address, shifted right by 12, is within the domain's width.
bool dma_domain_has(const DmaDomain& domain, u64 pfn);

// Makes a unit forget pages of the domain, or all of it.
void dma_domain_flush_pages(const DmaDomain& domain, int unit, u64 pfn, u64 pages,
                            bool leaves_only);
void dma_domain_flush(const DmaDomain& domain, int unit);

// A page of tables, zero, as all its readers see it; null without memory.
u64* make_table_page(bool coherent);

// intel_iommu=sp_off.
void leave_out_large_pages();

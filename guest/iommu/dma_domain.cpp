#include "guest/iommu/dma_domain.h"

#include "guest/arch/atomic.h"
#include "guest/iommu/device_tlb.h"
#include "guest/iommu/domain_ids.h"
#include "guest/iommu/messages.h"
#include "guest/iommu/scalable_mode.h"
#include "guest/iommu/vtd_registers.h"
#include "guest/mm/page_alloc.h"
#include "guest/mm/slab.h"

namespace {

constexpr int kLevelBits = 9;
constexpr u64 kEntriesMask = 511;
constexpr u64 kAddressMask = 0x000ffffffffff000;
constexpr u64 kLarge = 1u << 7;
constexpr u64 kAccess = kDmaRead | kDmaWrite;
// First-level entries: user, accessed, not executable; bits 0 and 1 are present and writable.
constexpr u64 kFirstLevelBits = 1u << 2 | 1u << 5 | 1ull << 63, kDirty = 1u << 6;
constexpr int kDefaultWidth = 48;

bool no_large_pages;

bool is_present(u64 entry) { return (entry & kAccess) != 0; }
u64* table_of(u64 entry) { return phys_to_virt<u64>(entry & kAddressMask); }
// Pages that an entry of a level stands for; level 1 is the last.
u64 pages_of(int level) { return u64{1} << (level - 1) * kLevelBits; }
u64 index_at(u64 pfn, int level) { return pfn >> (level - 1) * kLevelBits & kEntriesMask; }

int most_large_levels(u64 cap, bool first_level) {
  if (no_large_pages) return 0;
  if (first_level) return (cap & kCapFirstLevel1G) != 0 ? 2 : 1;
  int levels = 0;
  for (int bits = cap_large_pages(cap); bits != 0; bits >>= 1) ++levels;
  return levels;
}

u64 leaf_bits(const DmaDomain& domain, unsigned access) {
  if (!domain.first_level) return access & kAccess;
  return 1 | (access & kDmaWrite) | kFirstLevelBits | ((access & kDmaWrite) != 0 ? kDirty : 0);
}

void publish(const DmaDomain& domain, u64* entry, size_t size) {
  if (!domain.coherent) flush_to_memory(entry, size);
}

void set_entry(const DmaDomain& domain, u64* entry, u64 value) {
  store_release(*entry, value);
  publish(domain, entry, sizeof(u64));
}

// The level of the largest page that may begin here.
int best_level(const DmaDomain& domain, u64 pfn, u64 target, u64 pages) {
  int level = 1;
  while (level <= domain.large_levels && pages >= pages_of(level + 1) &&
         ((pfn | target) & (pages_of(level + 1) - 1)) == 0)
    ++level;
  return level;
}

// The entry for a page frame at `level`, with the tables above it; null without memory. Stops
// above, at `found`, where a large page is in the way.
u64* entry_for(DmaDomain* domain, u64 pfn, int level, int* found) {
  u64* table = domain->top;
  for (int at = domain->levels; at > level; --at) {
    u64* entry = &table[index_at(pfn, at)];
    if (is_present(*entry) && (*entry & kLarge) != 0) {
      *found = at;
      return entry;
    }
    if (!is_present(*entry)) {
      u64* below = make_table_page(domain->coherent);
      if (below == nullptr) return nullptr;
      set_entry(*domain, entry,
                virt_to_phys(below) | kAccess |
                    (domain->first_level ? kFirstLevelBits & ~(1ull << 63) : 0));
    }
    table = table_of(*entry);
  }
  *found = level;
  return &table[index_at(pfn, level)];
}

// How many pages from a page frame on the entry leaves unmapped that stops the walk; 0 if none
// does.
u64 absent_pages(const DmaDomain& domain, u64 pfn) {
  const u64* table = domain.top;
  for (int level = domain.levels;; --level) {
    const u64 entry = table[index_at(pfn, level)];
    if (!is_present(entry)) return pages_of(level) - (pfn & (pages_of(level) - 1));
    if (level == 1 || (entry & kLarge) != 0) return 0;
    table = table_of(entry);
  }
}

void complain_of_entry(u64 pfn, u64 old, u64 entry) {
  printk(msg::kPteAlreadySet, static_cast<unsigned long>(pfn), static_cast<unsigned long long>(old),
         static_cast<unsigned long long>(entry));
  warn_slowpath(__FILE__, __LINE__);
}

void add_page(TablePages* pages, u64* table) {
  page* p = virt_to_page(table);
  p->next = pages->first;
  pages->first = p;
}

// Clears what [first, last] covers below `table`; tables that it covers as a whole go.
void clear_level(DmaDomain* domain, u64* table, int level, u64 base, u64 first, u64 last,
                 TablePages* gone) {
  for (u64 i = 0; i <= kEntriesMask; ++i) {
    const u64 low = base + i * pages_of(level), high = low + pages_of(level) - 1;
    if (low > last) return;
    if (high < first || !is_present(table[i])) continue;
    const bool leaf = level == 1 || (table[i] & kLarge) != 0;
    u64* below = leaf ? nullptr : table_of(table[i]);
    if (!leaf) clear_level(domain, below, level - 1, low, first, last, gone);
    if (!leaf && (low < first || high > last)) continue;
    set_entry(*domain, &table[i], 0);
    if (below != nullptr) add_page(gone, below);
  }
}

void choose_levels(const DmarUnit& unit, DmaDomain* domain) {
  if (domain->first_level) {
    // Four levels; addresses are canonical, and the upper half is not used.
    domain->width = kDefaultWidth - 1;
    domain->levels = 4;
    return;
  }
  const int widths = cap_widths(unit.cap);
  int width = kDefaultWidth;
  if (width > cap_address_width(unit.cap)) width = cap_address_width(unit.cap);
  domain->width = width;
  int agaw = (width - 30 + kLevelBits - 1) / kLevelBits;
  // What the unit has not, it may have larger (drivers/iommu/intel-iommu.c domain_init()).
  while (agaw < 4 && (widths >> agaw & 1) == 0) ++agaw;
  while (agaw > 0 && (widths >> agaw & 1) == 0) --agaw;
  domain->levels = agaw + 2;
}

}  // namespace

void leave_out_large_pages() { no_large_pages = true; }

u64* make_table_page(bool coherent) {
  auto* table = static_cast<u64*>(get_free_pages(GFP_ATOMIC | __GFP_ZERO, 0));
  if (table != nullptr && !coherent) flush_to_memory(table, kPageSize);
  return table;
}

DmaDomain* dma_domain_create(int index, DomainKind kind) {
  const DmarUnit& unit = dmar_unit(index);
  auto* domain = kzalloc_object<DmaDomain>(GFP_KERNEL);
  if (domain == nullptr) return nullptr;
  domain->identity = kind == DomainKind::identity;
  domain->first_level = scalable_first_level(index);
  domain->coherent = (unit.ecap & kEcapCoherent) != 0;
  domain->large_levels = most_large_levels(unit.cap, domain->first_level);
  choose_levels(unit, domain);
  iova_space_init(&domain->space);
  domain->top = make_table_page(domain->coherent);
  if (domain->top != nullptr && dma_domain_attach(domain, index)) return domain;
  if (domain->top != nullptr) free_pages(domain->top, 0);
  kfree(domain);
  return nullptr;
}

bool dma_domain_attach(DmaDomain* domain, int index) {
  const u64 bit = u64{1} << index;
  if ((domain->units & bit) != 0) return true;
  const DmarUnit& unit = dmar_unit(index);
  const int id = allocate_domain_id(index);
  if (id < 0) return false;
  domain->ids[index] = static_cast<u16>(id);
  domain->units |= bit;
  // What one of the units cannot do, none gets.
  if ((unit.ecap & kEcapCoherent) == 0) domain->coherent = false;
  const int large = most_large_levels(unit.cap, domain->first_level);
  if (large < domain->large_levels) domain->large_levels = large;
  return true;
}

void dma_domain_flush_pages(const DmaDomain& domain, int unit, u64 pfn, u64 pages,
                            bool leaves_only) {
  if (domain.first_level)
    flush_pasid_translations(unit, domain.ids[unit], domain.pasid, pfn, pages, leaves_only);
  else
    flush_page_translations(unit, domain.ids[unit], pfn, pages, leaves_only);
  flush_device_tlbs(domain, unit, pfn, pages);
}

void dma_domain_flush(const DmaDomain& domain, int unit) {
  if (domain.first_level)
    flush_pasid_translations(unit, domain.ids[unit], domain.pasid, 0, ~u64{0}, false);
  else
    flush_domain_translations(unit, domain.ids[unit]);
  flush_device_tlbs(domain, unit, 0, ~u64{0});
}

bool dma_domain_has(const DmaDomain& domain, u64 pfn) {
  return pfn >> (domain.width - static_cast<int>(kPageShift)) == 0;
}

bool dma_domain_map(DmaDomain* domain, u64 pfn, u64 target, u64 pages, unsigned access) {
  SpinLockIrqGuard guard(domain->lock);
  while (pages > 0) {
    const int wanted = best_level(*domain, pfn, target, pages);
    int level;
    u64* entry = entry_for(domain, pfn, wanted, &level);
    if (entry == nullptr) return false;
    const u64 value = target << kPageShift | leaf_bits(*domain, access) | (wanted > 1 ? kLarge : 0);
    if (is_present(*entry))
      complain_of_entry(pfn, *entry, value);
    else
      set_entry(*domain, entry, value);
    pfn += pages_of(wanted);
    target += pages_of(wanted);
    pages -= pages_of(wanted);
  }
  return true;
}

TablePages dma_domain_unmap(DmaDomain* domain, u64 first, u64 last) {
  TablePages gone = {nullptr};
  SpinLockIrqGuard guard(domain->lock);
  clear_level(domain, domain->top, domain->levels, 0, first, last, &gone);
  return gone;
}

void free_table_pages(TablePages pages) {
  while (pages.first != nullptr) {
    page* next = pages.first->next;
    __free_pages(pages.first, 0);
    pages.first = next;
  }
}

bool dma_domain_map_identity(DmaDomain* domain, u64 start, u64 end) {
  const u64 last = end >> kPageShift;
  for (u64 pfn = start >> kPageShift; pfn <= last;) {
    u64 run = pfn;
    for (u64 absent; run <= last && (absent = absent_pages(*domain, run)) != 0;) run += absent;
    if (run > last + 1) run = last + 1;
    if (run > pfn && !dma_domain_map(domain, pfn, pfn, run - pfn, kDmaRead | kDmaWrite))
      return false;
    pfn = run + 1;
  }
  return true;
}

u64 dma_domain_translate(DmaDomain* domain, u64 address) {
  const u64 pfn = address >> kPageShift;
  const u64* table = domain->top;
  for (int level = domain->levels;; --level) {
    const u64 entry = table[index_at(pfn, level)];
    if (!is_present(entry)) return ~u64{0};
    const u64 size = pages_of(level) << kPageShift;
    if (level == 1 || (entry & kLarge) != 0)
      return (entry & kAddressMask & ~(size - 1)) | (address & (size - 1));
    table = table_of(entry);
  }
}

#include "guest/iommu/context_tables.h"

#include "guest/arch/atomic.h"
#include "guest/iommu/vtd_registers.h"
#include "guest/mm/layout.h"

namespace {

// Both tables have 256 entries of 16 bytes.
struct Entry {
  u64 low, high;
};
constexpr u64 kPresent = 1;
constexpr u64 kTableMask = 0x000ffffffffff000;
constexpr int kTranslationShift = 2, kDomainShift = 8;

Entry* roots[kMostDmarUnits];
SpinLock context_lock;

bool is_coherent(int unit) { return (dmar_unit(unit).ecap & kEcapCoherent) != 0; }

void publish(int unit, const Entry* entry) {
  if (!is_coherent(unit)) flush_to_memory(entry, sizeof(Entry));
}

// Null if the bus has no table, and none could be had or was wanted. In scalable mode entries are
// twice as long and the upper half of the root entry is for devices from 16 on (VT-d §9.2, §9.4).
Entry* context_of(int unit, u16 source, bool make) {
  if (roots[unit] == nullptr) return nullptr;
  Entry& root = roots[unit][source >> 8];
  const bool scalable = unit_is_scalable(unit);
  u64& place = scalable && (source & 0x80) != 0 ? root.high : root.low;
  if ((place & kPresent) == 0) {
    if (!make) return nullptr;
    u64* table = make_table_page(is_coherent(unit));
    if (table == nullptr) return nullptr;
    store_release(place, virt_to_phys(table) | kPresent);
    publish(unit, &root);
  }
  const u32 index = scalable ? (source & 0x7f) * 2 : source & 0xff;
  return &phys_to_virt<Entry>(place & kTableMask)[index];
}

// The widest tables that the unit walks: what pass-through has to name (VT-d §9.3, AW).
int widest(u64 cap) {
  int agaw = 0;
  for (int bits = cap_widths(cap) >> 1; bits != 0; bits >>= 1) ++agaw;
  return agaw;
}

// The deepest tables of a unit up to the default of 48 bits.
int usual_levels(u64 cap) {
  int agaw = 2;
  while (agaw > 0 && (cap_widths(cap) >> agaw & 1) == 0) --agaw;
  return agaw + 2;
}

// Units with smaller tables than the domain's are given its lower levels.
u64* top_for(int unit, DmaDomain* domain, int* levels) {
  u64* top = domain->top;
  *levels = domain->levels;
  const int most = usual_levels(dmar_unit(unit).cap);
  for (; domain->identity && *levels > most; --*levels) {
    if ((*top & 3) == 0) return nullptr;
    top = phys_to_virt<u64>(*top & kTableMask);
  }
  return top;
}

// Requests without PASID use PASID 0.
bool fill_scalable(int unit, u16 source, DmaDomain* domain, Translation translation, Entry* entry) {
  const u64 directory = set_pasid_entry(unit, source, 0, *domain, translation);
  entry->low = scalable_context(directory) | kPresent;
  entry->high = 0;
  return directory != 0;
}

bool fill_entry(int unit, u16 source, DmaDomain* domain, Translation translation, Entry* entry) {
  if (unit_is_scalable(unit)) return fill_scalable(unit, source, domain, translation, entry);
  const u64 cap = dmar_unit(unit).cap;
  entry->low = kPresent | static_cast<u64>(translation) << kTranslationShift;
  entry->high = static_cast<u64>(domain->ids[unit]) << kDomainShift;
  if (translation == Translation::pass_through) {
    entry->high |= static_cast<u64>(widest(cap));
    return true;
  }
  int levels;
  const u64* top = top_for(unit, domain, &levels);
  if (top == nullptr) return false;
  entry->low |= virt_to_phys(top);
  entry->high |= static_cast<u64>(levels - 2);
  return true;
}

}  // namespace

bool make_root_table(int unit) {
  roots[unit] = reinterpret_cast<Entry*>(make_table_page(is_coherent(unit)));
  return roots[unit] != nullptr;
}

void set_root_table(int index) {
  const DmarUnit& unit = dmar_unit(index);
  const bool scalable = unit_is_scalable(index);
  writeq(virt_to_phys(roots[index]) | (scalable ? kVtdScalableRoot : 0),
         unit.registers + kVtdRootTable);
  vtd_command(unit, kVtdRootPointer, 0, kVtdRootPointer, kVtdRootPointer);
  flush_all_contexts(index);
  if (scalable) flush_all_pasids(index);
  flush_all_translations(index);
}

bool context_present(int unit, u16 source) {
  const Entry* entry = context_of(unit, source, false);
  return entry != nullptr && (entry->low & kPresent) != 0;
}

bool map_context(int unit, u16 source, DmaDomain* domain, Translation translation, u64 abilities) {
  SpinLockIrqGuard guard(context_lock);
  Entry* place = context_of(unit, source, true);
  if (place == nullptr) return false;
  if ((place->low & kPresent) != 0) return true;
  Entry entry;
  if (!fill_entry(unit, source, domain, translation, &entry)) return false;
  if (unit_is_scalable(unit)) entry.low |= abilities;
  // Present last: the unit may look at any time.
  place->high = entry.high;
  store_release(place->low, entry.low);
  publish(unit, place);
  // With caching mode what is absent is cached, too, under domain 0 (VT-d §6.1).
  if ((dmar_unit(unit).cap & kCapCachingMode) != 0) {
    flush_device_context(unit, 0, source);
    dma_domain_flush(*domain, unit);
  } else {
    flush_write_buffer(unit);
  }
  return true;
}

void clear_context(int unit, u16 source) {
  SpinLockIrqGuard guard(context_lock);
  Entry* entry = context_of(unit, source, false);
  if (entry == nullptr || (entry->low & kPresent) == 0) return;
  const bool scalable = unit_is_scalable(unit);
  const u16 domain = scalable ? u16{0} : static_cast<u16>(entry->high >> kDomainShift);
  write_once(entry->low, u64{0});
  entry->high = 0;
  publish(unit, entry);
  flush_device_context(unit, domain, source);
  if (scalable)
    clear_pasid_entry(unit, source, 0);
  else
    flush_domain_translations(unit, domain);
}

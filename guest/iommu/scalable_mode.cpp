#include "guest/iommu/scalable_mode.h"

#include "guest/arch/atomic.h"
#include "guest/iommu/iommu_options.h"
#include "guest/iommu/vtd_registers.h"
#include "guest/mm/layout.h"

namespace {

// Directory: 512 entries of 8 bytes, each a table of 64 entries of 64 bytes (VT-d §9.5, §9.6).
constexpr u64 kDirectorySize = 2;  // PDTS: 2^(2 + 7) entries
constexpr int kDirectorySizeShift = 9;
constexpr u32 kTableEntries = 64;
constexpr u64 kPresent = 1;
constexpr u64 kAddressMask = 0x000ffffffffff000;

struct PasidEntry {
  u64 words[8];
};
static_assert(sizeof(PasidEntry) == 64, "a line of the cache");

// First word: address width, translation type, second-level table.
constexpr int kWidthShift = 2, kTypeShift = 6;
constexpr u64 kFirstLevel = 1, kSecondLevel = 2, kPassThrough = 4;
constexpr u64 kPassThroughDomain = 1;  // FLPT_DEFAULT_DID

// Directories by source id; few functions do DMA.
constexpr int kMostDirectories = 256;
struct Directory {
  u64* entries;  // null: free
  int unit;
  u16 source;
};
Directory directories[kMostDirectories];
SpinLock directory_lock;

bool is_coherent(int unit) { return (dmar_unit(unit).ecap & kEcapCoherent) != 0; }

u64* directory_of(int unit, u16 source) {
  for (Directory& d : directories) {
    if (d.entries != nullptr && d.unit == unit && d.source == source) return d.entries;
    if (d.entries != nullptr) continue;
    d = {make_table_page(is_coherent(unit)), unit, source};
    return d.entries;
  }
  return nullptr;
}

PasidEntry* entry_of(int unit, u64* directory, u32 pasid) {
  u64& place = directory[pasid / kTableEntries];
  if ((place & kPresent) == 0) {
    u64* table = make_table_page(is_coherent(unit));
    if (table == nullptr) return nullptr;
    store_release(place, virt_to_phys(table) | kPresent);
    if (!is_coherent(unit)) flush_to_memory(&place, sizeof(place));
  }
  return &phys_to_virt<PasidEntry>(place & kAddressMask)[pasid % kTableEntries];
}

PasidEntry compose(int unit, const DmaDomain& domain, Translation translation) {
  const u64 levels = static_cast<u64>(domain.levels - 2);
  PasidEntry entry = {};
  entry.words[1] = domain.ids[unit];
  if (translation == Translation::pass_through) {
    entry.words[0] = kPassThrough << kTypeShift | levels << kWidthShift;
    entry.words[1] = kPassThroughDomain;
  } else if (domain.first_level) {
    entry.words[0] = kFirstLevel << kTypeShift | levels << kWidthShift;
    entry.words[2] = virt_to_phys(domain.top);  // four levels
  } else {
    entry.words[0] = kSecondLevel << kTypeShift | levels << kWidthShift | virt_to_phys(domain.top);
  }
  return entry;
}

}  // namespace

bool unit_is_scalable(int unit) {
  const u64 ecap = dmar_unit(unit).ecap;
  return release::since(6, 1) && iommu_options().scalable && (ecap & kEcapScalable) != 0 &&
         (ecap & (kEcapFirstLevel | kEcapSecondLevel)) != 0;
}

bool scalable_first_level(int unit) {
  return unit_is_scalable(unit) && (dmar_unit(unit).ecap & kEcapFirstLevel) != 0;
}

u64 set_pasid_entry(int unit, u16 source, u32 pasid, const DmaDomain& domain,
                    Translation translation) {
  SpinLockIrqGuard guard(directory_lock);
  u64* directory = directory_of(unit, source);
  PasidEntry* entry = directory == nullptr ? nullptr : entry_of(unit, directory, pasid);
  if (entry == nullptr) return 0;
  const PasidEntry wanted = compose(unit, domain, translation);
  for (int i = 7; i > 0; --i) entry->words[i] = wanted.words[i];
  // Present last: the unit may look at any time.
  store_release(entry->words[0], wanted.words[0] | kPresent);
  if (!is_coherent(unit)) flush_to_memory(entry, sizeof(*entry));
  if ((dmar_unit(unit).cap & kCapCachingMode) != 0)
    flush_pasid_cache(unit, domain.ids[unit], pasid);
  return virt_to_phys(directory);
}

void clear_pasid_entry(int unit, u16 source, u32 pasid) {
  SpinLockIrqGuard guard(directory_lock);
  u64* directory = directory_of(unit, source);
  PasidEntry* entry = directory == nullptr ? nullptr : entry_of(unit, directory, pasid);
  if (entry == nullptr || (entry->words[0] & kPresent) == 0) return;
  const u16 domain = static_cast<u16>(entry->words[1]);
  const bool first_level = (entry->words[0] >> kTypeShift & 7) == kFirstLevel;
  write_once(entry->words[0], u64{0});
  if (!is_coherent(unit)) flush_to_memory(entry, sizeof(*entry));
  flush_pasid_cache(unit, domain, pasid);
  if (first_level)
    flush_pasid_translations(unit, domain, pasid, 0, ~u64{0}, false);
  else
    flush_domain_translations(unit, domain);
}

u64 scalable_context(u64 directory) { return directory | kDirectorySize << kDirectorySizeShift; }

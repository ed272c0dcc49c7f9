#pragma once

#include <cstdint>

#include "models/iommu/dma_invalidation.h"
#include "models/iommu/lru_cache.h"
#include "models/iommu/page_access.h"
#include "models/iommu/spec/dma_faults.h"
#include "models/iommu/table_cache.h"

namespace apicsim {

/// A translation that the unit remembers; with caching mode, also that there is none.
struct IotlbEntry {
  TableOwner owner;
  bool nested = false;        ///< first and second level together
  std::uint64_t page = 0;     ///< address of the request >> shift
  unsigned shift = 12;        ///< of the smaller page of both levels
  std::uint64_t address = 0;  ///< of the page in memory
  PageRights rights;
  bool snoop = false;
  bool may_write = true;                                  ///< D is set wherever it is kept
  vtd::DmaFaultReason fault = vtd::DmaFaultReason::none;  ///< what a walk ended with
};

/// The IOTLB (VT-d §6.2.4), tagged by domain and, for the first level, PASID.
class Iotlb {
 public:
  explicit Iotlb(std::uint32_t entries) : m_lines(entries) {}

  const IotlbEntry* find(const TableOwner& owner, std::uint64_t address) {
    return m_lines.find(
        [&](const IotlbEntry& e) { return e.page == address >> e.shift && e.owner == owner; });
  }
  /// Replaces what is known of the same addresses.
  void insert(const IotlbEntry& entry);

  void invalidate(const IotlbInvalidation& what);
  void invalidate(const PasidIotlbInvalidation& what);

 private:
  LruCache<IotlbEntry> m_lines;
};

/// First and last byte of 2^mask pages of 4 KiB, aligned, around an address.
struct AddressSpan {
  std::uint64_t first, last;
};
AddressSpan span_of(std::uint64_t address, unsigned mask);

}  // namespace apicsim

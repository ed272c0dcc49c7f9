#pragma once

#include <cstdint>

#include "models/iommu/spec/capabilities.h"
#include "models/time/cycle.h"

namespace apicsim {

/// DMA remapping of a unit: what it can do, what it remembers, what it costs.
struct DmaConfig {
  vtd::Capability capability;
  vtd::ExtendedCapability extended;
  unsigned host_address_width = 46;  ///< bits, 30 to 52
  // Capacities in entries; 0 remembers nothing.
  std::uint32_t context_entries = 64;
  std::uint32_t pasid_entries = 64;
  std::uint32_t iotlb_entries = 64;
  std::uint32_t table_entries = 32;  ///< paging-structure cache of each level
  // Cycles.
  Cycle lookup = 0;          ///< every request: context and IOTLB are looked up
  Cycle structure_read = 0;  ///< each access to a structure in memory that a miss leads to

  /// Bits that no address of the host has.
  std::uint64_t beyond_host() const { return ~std::uint64_t{0} << host_address_width; }
};

/// In events.
struct DmaStatistics {
  std::uint64_t requests = 0;  ///< looked at with translation on
  std::uint64_t passed = 0;    ///< went on as they were: pass-through, or translated by the device
  std::uint64_t blocked = 0;   ///< faults of all kinds, and protected memory
  std::uint64_t iotlb_hits = 0;
  std::uint64_t iotlb_misses = 0;
  std::uint64_t context_hits = 0;
  std::uint64_t context_misses = 0;
  std::uint64_t pasid_hits = 0;
  std::uint64_t pasid_misses = 0;
  std::uint64_t table_hits = 0;  ///< walks that began below the root of the tables
  std::uint64_t structure_reads = 0;
};

}  // namespace apicsim

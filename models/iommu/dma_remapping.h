#pragma once

#include <cstdint>
#include <vector>

#include "models/iommu/dma_invalidation.h"
#include "models/iommu/dma_request.h"
#include "models/iommu/dma_translation.h"
#include "models/iommu/spec/capabilities.h"
#include "models/time/cycle.h"

namespace apicsim {

/// A unit's way to the structures in memory.
class RemappingMemory {
 public:
  virtual ~RemappingMemory() = default;
  /// `length` bytes, at most 64, within one page; false where memory does not answer. Without
  /// `snoop` it is what memory itself holds, whatever newer data caches have.
  virtual bool read(std::uint64_t address, void* to, unsigned length, bool snoop) = 0;
  /// Sets bits of an aligned word in one atomic step; false where memory does not answer.
  virtual bool set_bits(std::uint64_t address, std::uint64_t bits) = 0;
};

/// DMA remapping of one unit: what becomes of a request, from the tables in memory and from what is
/// cached of them. Nothing here touches fault registers: the caller records what is returned.
class DmaRemapping {
 public:
  struct Config {
    vtd::Capability capability;
    vtd::ExtendedCapability extended;
    unsigned host_address_width = 46;  ///< bits, 30 to 52
    // Capacities in entries; 0 remembers nothing.
    std::uint32_t context_entries = 64;
    std::uint32_t pasid_entries = 64;
    std::uint32_t iotlb_entries = 64;
    std::uint32_t table_entries = 32;  ///< paging-structure cache of each level
    // Cycles.
    Cycle lookup = 0;          ///< a request whose translation is cached, or that needs none
    Cycle structure_read = 0;  ///< each read of a structure in memory that a miss leads to
  };

  /// RTADDR_REG.TTM (§10.4.6).
  enum class Mode : std::uint8_t { legacy = 0, scalable = 1, reserved = 2, abort = 3 };

  /// Of PMEN and its base and limit registers; a region with limit < base is empty.
  struct ProtectedMemory {
    bool enabled = false;
    std::uint64_t low_base = 1, low_limit = 0;    ///< first and last byte
    std::uint64_t high_base = 1, high_limit = 0;  ///< first and last byte
  };

  /// In events.
  struct Statistics {
    std::uint64_t requests = 0;  ///< looked at with translation on
    std::uint64_t passed = 0;    ///< passed through untranslated (TT, PGTT) or as translated
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

  DmaRemapping(const Config& config, RemappingMemory& memory);

  /// SRTP: the tables to walk from now on. What is cached stays.
  void set_root(std::uint64_t base, Mode mode);
  /// GSTS.TES.
  void enable(bool on) { m_enabled = on; }
  void set_protected_memory(const ProtectedMemory& regions) { m_protected = regions; }

  /// What becomes of a request at cycle `now`, which moves on by what finding out takes. The
  /// interrupt range (§3.14) is the caller's business: requests to it without PASID do not come
  /// here.
  DmaResult translate(const DmaRequest& request, Cycle& now);

  void invalidate_contexts(const ContextInvalidation& what);
  void invalidate_pasids(const PasidInvalidation& what);
  void invalidate_iotlb(const IotlbInvalidation& what);
  void invalidate_pasid_iotlb(const PasidIotlbInvalidation& what);

  const Statistics& statistics() const { return m_statistics; }

 private:
  Config m_config;
  RemappingMemory& m_memory;
  bool m_enabled = false;
  std::uint64_t m_root = 0;
  Mode m_mode = Mode::legacy;
  ProtectedMemory m_protected;
  Statistics m_statistics;
};

}  // namespace apicsim

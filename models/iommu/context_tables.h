#pragma once

#include <array>
#include <cstdint>
#include <variant>

#include "models/iommu/dma_config.h"
#include "models/iommu/dma_invalidation.h"
#include "models/iommu/dma_request.h"
#include "models/iommu/lru_cache.h"
#include "models/iommu/structure_reader.h"
#include "models/iommu/translation_context.h"

namespace apicsim {

/// RTADDR_REG.TTM (§10.4.6).
enum class TableMode : std::uint8_t { legacy = 0, scalable = 1, reserved = 2, abort = 3 };

/// The way from a requester id, and a PASID, to the tables that translate: root, context and PASID
/// entries with the context cache and the PASID cache (VT-d §3.4, §6.2.1, §6.2.2).
class ContextTables {
 public:
  using Result = std::variant<TranslationContext, ContextFault>;

  ContextTables(const DmaConfig& config, DmaStatistics& statistics);

  void set_root(std::uint64_t base, TableMode mode);
  Result find(const DmaRequest& request, StructureReader& reader);
  /// Whether a page request of the source, with or without PASID, is taken (§7.4.1); the fault if
  /// not. Neither kind of request is known in legacy mode.
  Result find_for_page_request(const DmaRequest& request, StructureReader& reader);

  void invalidate(const ContextInvalidation& what);
  void invalidate(const PasidInvalidation& what);

 private:
  using ScalableEntry = std::array<std::uint64_t, 4>;
  struct LegacyLine {
    std::uint16_t source;
    std::uint16_t domain;
    Result result;
  };
  struct ScalableLine {
    std::uint16_t source;
    std::variant<ScalableEntry, ContextFault> result;
  };
  struct PasidLine {
    std::uint16_t source;
    std::uint32_t pasid;
    std::uint16_t domain;
    Result result;
  };

  Result find_legacy(std::uint16_t source, StructureReader& reader);
  Result read_legacy(std::uint16_t source, StructureReader& reader) const;
  Result decode_legacy(std::uint64_t low, std::uint64_t high) const;
  Result find_scalable(const DmaRequest& request, bool page_request, StructureReader& reader);
  std::variant<ScalableEntry, ContextFault> scalable_entry(std::uint16_t source,
                                                           StructureReader& reader);
  std::variant<ScalableEntry, ContextFault> read_scalable(std::uint16_t source,
                                                          StructureReader& reader) const;
  Result find_pasid(std::uint16_t source, const ScalableEntry& context, std::uint32_t pasid,
                    StructureReader& reader);
  Result read_pasid(const ScalableEntry& context, std::uint32_t pasid,
                    StructureReader& reader) const;
  Result decode_pasid(const std::uint64_t* words, bool fault_disable) const;
  vtd::DmaFaultReason pasid_objection(const std::uint64_t* words) const;
  bool supports_levels(std::uint64_t width) const;
  bool caches(const Result& result) const;
  std::uint64_t domain_bits() const;

  const DmaConfig& m_config;
  DmaStatistics& m_statistics;
  std::uint64_t m_root = 0;
  TableMode m_mode = TableMode::legacy;
  LruCache<LegacyLine> m_legacy;
  LruCache<ScalableLine> m_scalable;
  LruCache<PasidLine> m_pasids;
};

}  // namespace apicsim

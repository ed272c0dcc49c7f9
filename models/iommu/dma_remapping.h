#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "models/iommu/context_tables.h"
#include "models/iommu/dma_config.h"
#include "models/iommu/dma_invalidation.h"
#include "models/iommu/dma_request.h"
#include "models/iommu/dma_translation.h"
#include "models/iommu/first_level_walk.h"
#include "models/iommu/iotlb.h"
#include "models/iommu/remapping_memory.h"
#include "models/iommu/second_level_walk.h"
#include "models/iommu/table_cache.h"
#include "models/time/cycle.h"

namespace apicsim {

/// DMA remapping of one unit: what becomes of a request, from the tables in memory and from what is
/// cached of them. Nothing here touches fault registers: the caller records what is returned.
class DmaRemapping {
 public:
  using Config = DmaConfig;
  using Statistics = DmaStatistics;
  using Mode = TableMode;

  /// Of PMEN and its base and limit registers (§10.4.16 to §10.4.20); a region with limit < base is
  /// empty.
  struct ProtectedMemory {
    bool enabled = false;
    std::uint64_t low_base = 1, low_limit = 0;    ///< first and last byte
    std::uint64_t high_base = 1, high_limit = 0;  ///< first and last byte
  };

  DmaRemapping(const Config& config, RemappingMemory& memory);
  DmaRemapping(const DmaRemapping&) = delete;
  DmaRemapping& operator=(const DmaRemapping&) = delete;

  /// SRTP: the tables to walk from now on. What is cached stays.
  void set_root(std::uint64_t base, Mode mode) { m_contexts.set_root(base, mode); }
  /// GSTS.TES.
  void enable(bool on) { m_enabled = on; }
  bool enabled() const { return m_enabled; }
  void set_protected_memory(const ProtectedMemory& regions) { m_protected = regions; }

  /// What becomes of a request at cycle `now`, which moves on by what finding out takes. The
  /// interrupt range (§3.14) is the caller's business: requests to it without PASID do not come
  /// here.
  DmaResult translate(const DmaRequest& request, Cycle& now);

  /// Nullopt: a page request of this source, with this PASID if any, goes to the queue (§7.4.1).
  std::optional<DmaFault> refuse_page_request(const DmaRequest& request, Cycle& now);

  void invalidate_contexts(const ContextInvalidation& what) { m_contexts.invalidate(what); }
  void invalidate_pasids(const PasidInvalidation& what) { m_contexts.invalidate(what); }
  void invalidate_iotlb(const IotlbInvalidation& what);
  void invalidate_pasid_iotlb(const PasidIotlbInvalidation& what);

  const Statistics& statistics() const { return m_statistics; }

 private:
  struct NotFound {
    vtd::DmaFaultReason reason;
    bool remembered;  ///< with caching mode
  };
  using Found = std::variant<IotlbEntry, NotFound>;

  bool is_protected(std::uint64_t address) const;
  DmaResult untranslated(const DmaRequest& request);
  DmaResult pass(const DmaRequest& request, bool scalable, bool fault_disable);
  DmaResult protected_fault(const DmaRequest& request);
  DmaResult fault(const DmaRequest& request, vtd::DmaFaultReason reason, bool fault_disable);
  vtd::DmaFaultReason objection(const DmaRequest& request, const TranslationContext& context) const;
  PageAccess access_of(const DmaRequest& request, const TranslationContext& context) const;
  DmaResult translate(const DmaRequest& request, const TranslationContext& context,
                      StructureReader& reader);
  DmaTranslation answer(const DmaRequest& request, const TranslationContext& context,
                        const IotlbEntry& entry) const;
  Found walk(const DmaRequest& request, const TranslationContext& context, const PageAccess& access,
             StructureReader& reader);
  Found walk_second(const DmaRequest& request, const TranslationContext& context,
                    const PageAccess& access, StructureReader& reader);
  Found walk_first(const DmaRequest& request, const TranslationContext& context,
                   const PageAccess& access, StructureReader& reader);
  void remember_absence(const DmaRequest& request, const TranslationContext& context,
                        vtd::DmaFaultReason reason);

  const Config m_config;
  Statistics m_statistics;
  RemappingMemory& m_memory;
  ContextTables m_contexts;
  TableCache m_table_cache;
  Iotlb m_iotlb;
  SecondLevelWalk m_second;
  FirstLevelWalk m_first;
  bool m_enabled = false;
  ProtectedMemory m_protected;
};

}  // namespace apicsim

#pragma once

#include <cstdint>
#include <variant>

#include "models/iommu/dma_config.h"
#include "models/iommu/page_access.h"
#include "models/iommu/structure_reader.h"
#include "models/iommu/table_cache.h"
#include "models/iommu/translation_context.h"

namespace apicsim {

/// A page that the tables of one level of translation map.
struct MappedPage {
  std::uint64_t address = 0;  ///< of its first byte
  unsigned shift = 12;        ///< 12, 21, 30
  PageRights rights;
  bool snoop = false;     ///< SNP
  bool may_write = true;  ///< D is set, or nobody keeps it: writes need no walk
};

/// Why a walk ends early.
enum class WalkEnd : std::uint8_t {
  root_not_readable,
  not_readable,
  not_present,
  no_permission,  ///< what the request needs is forbidden at this level or above
  reserved,
  update_not_snooped,  ///< A or D is to be set, and the walk does not snoop
  update_failed,
  beyond_width,         ///< address above what the tables cover
  nested_root_no_read,  ///< first level: the second level forbids access to a table
  nested_no_read,
  nested_no_write,
  second_failed,  ///< first level: the second level ended with `second`
};

struct WalkFailure {
  WalkEnd end;
  WalkEnd second = WalkEnd::not_present;
};

using WalkResult = std::variant<MappedPage, WalkFailure>;

/// Walks tables of the second level (VT-d §3.7, §9.8).
class SecondLevelWalk {
 public:
  SecondLevelWalk(const DmaConfig& config, DmaStatistics& statistics, TableCache& cache)
      : m_config(config), m_statistics(statistics), m_cache(cache) {}

  WalkResult walk(const SecondLevelTable& table, std::uint16_t domain, std::uint64_t address,
                  const PageAccess& access, StructureReader& reader) const;

  /// First address above those that may be translated: min(MGAW, AGAW).
  std::uint64_t limit(const SecondLevelTable& table) const;

 private:
  bool is_leaf(std::uint64_t entry, unsigned level) const;
  std::uint64_t reserved(std::uint64_t entry, unsigned level) const;

  const DmaConfig& m_config;
  DmaStatistics& m_statistics;
  TableCache& m_cache;
};

}  // namespace apicsim

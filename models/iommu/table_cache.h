#pragma once

#include <cstdint>
#include <vector>

#include "models/iommu/dma_config.h"
#include "models/iommu/lru_cache.h"
#include "models/iommu/page_access.h"
#include "models/iommu/spec/page_table.h"

namespace apicsim {

/// Whose tables an entry was found in: those of a domain, or those of the first level that a PASID
/// has in a domain.
struct TableOwner {
  std::uint16_t domain = 0;
  bool first_level = false;
  std::uint32_t pasid = 0;  ///< with first_level

  bool operator==(const TableOwner& o) const {
    return domain == o.domain && first_level == o.first_level && (!first_level || pasid == o.pasid);
  }
};

/// Paging-structure caches (VT-d §6.2.5): for each level above the lowest one, entries that lead to
/// a table of the next level.
class TableCache {
 public:
  struct Table {
    unsigned level = 0;  ///< of the entries in it; 0 for nothing found
    std::uint64_t base = 0;
    PageRights rights;  ///< of the levels above
  };

  explicit TableCache(std::uint32_t entries);

  /// The lowest table known on the way to `address` in tables of so many levels.
  Table find(const TableOwner& owner, unsigned levels, std::uint64_t address);
  /// An entry of `table.level + 1` on the way to `address` leads to `table`.
  void insert(const TableOwner& owner, std::uint64_t address, const Table& table);

  void clear();
  void clear_domain(std::uint16_t domain);
  void clear(const TableOwner& owner);
  /// What translates any of first..last.
  void clear(const TableOwner& owner, std::uint64_t first, std::uint64_t last);

 private:
  struct Line {
    TableOwner owner;
    std::uint64_t prefix;  ///< address bits from the level's index on
    Table table;
  };

  std::vector<LruCache<Line>> m_levels;  ///< by the level of the entry, less 2
};

}  // namespace apicsim

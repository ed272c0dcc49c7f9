#include "models/iommu/table_cache.h"

namespace apicsim {
namespace {

constexpr unsigned lowest = 2;  ///< level whose entries lead to tables of level 1

}  // namespace

TableCache::TableCache(std::uint32_t entries) {
  for (unsigned level = lowest; level <= vtd::max_levels; ++level) m_levels.emplace_back(entries);
}

TableCache::Table TableCache::find(const TableOwner& owner, unsigned levels,
                                   std::uint64_t address) {
  for (unsigned level = lowest; level <= levels; ++level) {
    const std::uint64_t prefix = address >> vtd::level_shift(level);
    const Line* const line = m_levels[level - lowest].find(
        [&](const Line& l) { return l.prefix == prefix && l.owner == owner; });
    if (line != nullptr) return line->table;
  }
  return {};
}

void TableCache::insert(const TableOwner& owner, std::uint64_t address, const Table& table) {
  const unsigned level = table.level + 1;
  m_levels[level - lowest].insert({owner, address >> vtd::level_shift(level), table});
}

void TableCache::clear() {
  for (LruCache<Line>& level : m_levels) level.clear();
}

void TableCache::clear_domain(std::uint16_t domain) {
  for (LruCache<Line>& level : m_levels)
    level.remove_if([domain](const Line& line) { return line.owner.domain == domain; });
}

void TableCache::clear(const TableOwner& owner) {
  for (LruCache<Line>& level : m_levels)
    level.remove_if([&](const Line& line) { return line.owner == owner; });
}

void TableCache::clear(const TableOwner& owner, std::uint64_t first, std::uint64_t last) {
  for (unsigned level = lowest; level <= vtd::max_levels; ++level) {
    const unsigned shift = vtd::level_shift(level);
    m_levels[level - lowest].remove_if([&](const Line& line) {
      return line.owner == owner && line.prefix >= first >> shift && line.prefix <= last >> shift;
    });
  }
}

}  // namespace apicsim

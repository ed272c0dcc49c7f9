#include "models/iommu/second_level_walk.h"

#include <algorithm>

#include "models/iommu/spec/page_table.h"

namespace apicsim {
namespace {

namespace entry_bits = vtd::second_level;

bool permits(const PageRights& rights, const PageAccess& access) {
  if (access.any) return rights.read || rights.write;
  return (rights.read || !access.read) && (rights.write || !access.write);
}

/// A and D that the access sets in an entry.
std::uint64_t bits_to_set(std::uint64_t entry, bool leaf, const PageRights& rights,
                          const PageAccess& access) {
  std::uint64_t bits = entry_bits::accessed;
  if (leaf && access.write && rights.write) bits |= entry_bits::dirty;
  return bits & ~entry;
}

}  // namespace

std::uint64_t SecondLevelWalk::limit(const SecondLevelTable& table) const {
  const unsigned tables = vtd::level_shift(table.levels + 1);
  const unsigned unit = m_config.capability.guest_width + 1u;
  const unsigned bits = std::min(tables, unit);
  return bits >= 64 ? ~std::uint64_t{0} : std::uint64_t{1} << bits;
}

bool SecondLevelWalk::is_leaf(std::uint64_t entry, unsigned level) const {
  if (level == 1) return true;
  const unsigned bit = level - entry_bits::large_page_level_base;
  return (entry & entry_bits::page_size) != 0 && bit < 2 &&
         (m_config.capability.large_pages >> bit & 1) != 0;
}

std::uint64_t SecondLevelWalk::reserved(std::uint64_t entry, unsigned level) const {
  const std::uint64_t address = m_config.beyond_host() & entry_bits::address;
  if (!is_leaf(entry, level))
    return address | entry_bits::reserved_in_table | entry_bits::page_size;
  return address | entry_bits::reserved_in_page(vtd::level_shift(level)) |
         (m_config.extended.snoop_control ? 0 : entry_bits::snoop) |
         (m_config.extended.device_tlb ? 0 : entry_bits::transient);
}

WalkResult SecondLevelWalk::walk(const SecondLevelTable& table, std::uint16_t domain,
                                 std::uint64_t address, const PageAccess& access,
                                 StructureReader& reader) const {
  if (address >= limit(table)) return WalkFailure{WalkEnd::beyond_width};
  const TableOwner owner{domain, false, 0};
  TableCache::Table at = m_cache.find(owner, table.levels, address);
  if (at.level == 0)
    at = {table.levels, table.root, {}};
  else
    ++m_statistics.table_hits;
  // What is cached of the upper levels forbids the access as those levels do.
  if (!permits(at.rights, access)) return WalkFailure{WalkEnd::no_permission};
  for (;;) {
    const unsigned shift = vtd::level_shift(at.level);
    const std::uint64_t place =
        at.base + (address >> shift & vtd::index_mask) * vtd::paging_entry_size;
    std::uint64_t entry;
    if (!reader.read(place, &entry, 1, table.snoop))
      return WalkFailure{at.level == table.levels ? WalkEnd::root_not_readable
                                                  : WalkEnd::not_readable};
    if ((entry & (entry_bits::read | entry_bits::write)) == 0)
      return WalkFailure{WalkEnd::not_present};
    if ((entry & reserved(entry, at.level)) != 0) return WalkFailure{WalkEnd::reserved};
    at.rights.read = at.rights.read && (entry & entry_bits::read) != 0;
    at.rights.write = at.rights.write && (entry & entry_bits::write) != 0;
    if (!permits(at.rights, access)) return WalkFailure{WalkEnd::no_permission};
    const bool leaf = is_leaf(entry, at.level);
    if (table.accessed_dirty) {
      const std::uint64_t bits = bits_to_set(entry, leaf, at.rights, access);
      if (bits != 0 && !table.snoop) return WalkFailure{WalkEnd::update_not_snooped};
      if (bits != 0 && !reader.set_bits(place, bits)) return WalkFailure{WalkEnd::not_readable};
      entry |= bits;
    }
    if (leaf) {
      MappedPage page;
      page.address = entry & entry_bits::address;
      page.shift = shift;
      page.rights = at.rights;
      page.snoop = (entry & entry_bits::snoop) != 0;
      page.may_write = !table.accessed_dirty || (entry & entry_bits::dirty) != 0;
      return page;
    }
    at = {at.level - 1, entry & entry_bits::address, at.rights};
    m_cache.insert(owner, address, at);
  }
}

}  // namespace apicsim

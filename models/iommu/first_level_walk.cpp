#include "models/iommu/first_level_walk.h"

#include "models/iommu/spec/page_table.h"

namespace apicsim {
namespace {

namespace entry_bits = vtd::first_level;

PageRights joined(const PageRights& above, std::uint64_t entry) {
  PageRights rights = above;
  rights.user = above.user && (entry & entry_bits::user) != 0;
  rights.first_write = above.first_write && (entry & entry_bits::write) != 0;
  rights.no_execute = above.no_execute || (entry & entry_bits::no_execute) != 0;
  return rights;
}

}  // namespace

FirstLevelVerdict judge(const FirstLevelTable& table, const PageRights& rights, bool privileged) {
  FirstLevelVerdict verdict;
  if (!privileged && !rights.user) return {false, false, false, false};
  verdict.write = rights.first_write || (privileged && !table.write_protect);
  verdict.execute = !(table.no_execute && rights.no_execute) &&
                    !(privileged && rights.user && table.no_user_execute);
  return verdict;
}

bool FirstLevelWalk::is_canonical(const FirstLevelTable& table, std::uint64_t address) {
  const unsigned top = vtd::level_shift(table.levels + 1) - 1;
  const std::uint64_t upper = address >> top;
  return upper == 0 || upper == ~std::uint64_t{0} >> top;
}

bool FirstLevelWalk::is_leaf(std::uint64_t entry, unsigned level) const {
  if (level == 1) return true;
  if ((entry & entry_bits::page_size) == 0) return false;
  return level == 2 || (level == 3 && m_config.capability.first_level_1g);
}

std::uint64_t FirstLevelWalk::reserved(const TranslationContext& context, std::uint64_t entry,
                                       unsigned level) const {
  std::uint64_t bits = context.first.no_execute ? 0 : entry_bits::no_execute;
  // Guest-physical addresses are measured by the second level instead.
  if (context.kind != TranslationContext::Kind::nested)
    bits |= m_config.beyond_host() & entry_bits::address;
  if (!is_leaf(entry, level)) return bits | entry_bits::page_size;
  return level == 1 ? bits : bits | entry_bits::reserved_in_page(vtd::level_shift(level));
}

std::variant<FirstLevelWalk::Place, WalkFailure> FirstLevelWalk::place_of(
    const TranslationContext& context, std::uint64_t address, bool root,
    StructureReader& reader) const {
  if (context.kind != TranslationContext::Kind::nested) return Place{address, true};
  PageAccess read;
  read.read = read.any = true;
  const WalkResult found = m_second.walk(context.second, context.domain, address, read, reader);
  if (const auto* const failure = std::get_if<WalkFailure>(&found)) {
    if (failure->end == WalkEnd::beyond_width) return WalkFailure{WalkEnd::beyond_width};
    return WalkFailure{WalkEnd::second_failed, failure->end};
  }
  const MappedPage& page = std::get<MappedPage>(found);
  if (!page.rights.read)
    return WalkFailure{root ? WalkEnd::nested_root_no_read : WalkEnd::nested_no_read};
  const std::uint64_t offset = address & ((std::uint64_t{1} << page.shift) - 1);
  return Place{page.address | offset, page.rights.write};
}

/// Sets bits of an entry; the entry as it is then.
std::variant<std::uint64_t, WalkFailure> FirstLevelWalk::mark(const TranslationContext& context,
                                                              std::uint64_t entry,
                                                              std::uint64_t bits,
                                                              const Place& place,
                                                              StructureReader& reader) const {
  const std::uint64_t missing = bits & ~entry;
  if (missing == 0) return entry;
  if (!context.first.snoop) return WalkFailure{WalkEnd::update_not_snooped};
  if (!place.writable) return WalkFailure{WalkEnd::nested_no_write};
  if (!reader.set_bits(place.address, missing)) return WalkFailure{WalkEnd::update_failed};
  return entry | missing;
}

WalkResult FirstLevelWalk::walk(const TranslationContext& context, std::uint64_t address,
                                const PageAccess& access, StructureReader& reader) const {
  const FirstLevelTable& table = context.first;
  const TableOwner owner{context.domain, true, context.pasid};
  TableCache::Table at = m_cache.find(owner, table.levels, address);
  if (at.level == 0)
    at = {table.levels, table.root, {}};
  else
    ++m_statistics.table_hits;
  for (;;) {
    const unsigned shift = vtd::level_shift(at.level);
    const bool root = at.level == table.levels;
    const auto found =
        place_of(context, at.base + (address >> shift & vtd::index_mask) * vtd::paging_entry_size,
                 root, reader);
    if (const auto* const failure = std::get_if<WalkFailure>(&found)) return *failure;
    const Place& place = std::get<Place>(found);
    std::uint64_t entry;
    if (!reader.read(place.address, &entry, 1, table.snoop))
      return WalkFailure{root ? WalkEnd::root_not_readable : WalkEnd::not_readable};
    if ((entry & entry_bits::present) == 0) return WalkFailure{WalkEnd::not_present};
    if ((entry & reserved(context, entry, at.level)) != 0) return WalkFailure{WalkEnd::reserved};
    const PageRights rights = joined(at.rights, entry);
    const bool leaf = is_leaf(entry, at.level);
    const FirstLevelVerdict verdict = judge(table, rights, access.privileged);
    const bool allowed = verdict.user_page && (!access.write || access.any || verdict.write) &&
                         (!access.execute || access.any || verdict.execute);
    std::uint64_t bits = entry_bits::accessed;
    if (table.extended_accessed) bits |= entry_bits::extended_accessed;
    if (leaf && access.write && verdict.write) bits |= entry_bits::dirty;
    // A leaf that the request may not use is not accessed.
    const auto marked = mark(context, entry, leaf && !allowed ? 0 : bits, place, reader);
    if (const auto* const failure = std::get_if<WalkFailure>(&marked)) return *failure;
    entry = std::get<std::uint64_t>(marked);
    if (leaf) {
      MappedPage page;
      page.shift = shift;
      page.address = entry & entry_bits::address & ~((std::uint64_t{1} << shift) - 1);
      page.rights = rights;
      page.rights.global = (entry & entry_bits::global) != 0;
      page.may_write = (entry & entry_bits::dirty) != 0;
      return page;
    }
    at = {at.level - 1, entry & entry_bits::address, rights};
    m_cache.insert(owner, address, at);
  }
}

}  // namespace apicsim

#include "models/memory/hierarchy/last_level_cache.h"

#include <algorithm>

#include "models/memory/hierarchy/memory_timing_config.h"

namespace apicsim {

LastLevelCache::LastLevelCache(const MemoryParameters& parameters)
    : m_slices(parameters.llc_slices),
      m_sets_per_slice(parameters.llc_sets),
      m_sets(m_slices * m_sets_per_slice),
      m_ways(parameters.llc_ways),
      m_storage(m_sets * m_ways * sizeof(Line)) {}

std::uint64_t LastLevelCache::set_number(std::uint64_t line) const {
  // The hardware's hash is not published for every number of slices; a multiplicative one
  // (Knuth, TAOCP Vol. 3 §6.4) spreads lines as evenly.
  const std::uint64_t mixed = (line * 0x9E3779B97F4A7C15) >> 32;
  return mixed % m_slices * m_sets_per_slice + (line & (m_sets_per_slice - 1));
}

LastLevelCache::Line* LastLevelCache::find(std::uint64_t line) {
  Line* const set = set_of(line);
  for (Line* way = set; way != set + m_ways && way->tag != 0; ++way)
    if (way->line() == line) return way;
  return nullptr;
}

const LastLevelCache::Line* LastLevelCache::find(std::uint64_t line) const {
  return const_cast<LastLevelCache*>(this)->find(line);
}

LastLevelCache::Line* LastLevelCache::touch(std::uint64_t line) {
  Line* const found = find(line);
  if (found == nullptr) return nullptr;
  Line* const set = set_of(line);
  const Line line_found = *found;
  std::copy_backward(set, found, found + 1);
  *set = line_found;
  return set;
}

LastLevelCache::Line& LastLevelCache::insert(std::uint64_t line, LineState state, Line& victim) {
  Line* const set = set_of(line);
  victim = set[m_ways - 1];
  std::copy_backward(set, set + m_ways - 1, set + m_ways);
  set[0] = {line << 3 | static_cast<unsigned>(state), 0, 0};
  return set[0];
}

void LastLevelCache::remove(std::uint64_t line) {
  Line* const found = find(line);
  if (found == nullptr) return;
  Line* const end = set_of(line) + m_ways;
  std::copy(found + 1, end, found);
  end[-1] = Line();
}

void LastLevelCache::clear() { m_storage = HostMapping(m_sets * m_ways * sizeof(Line)); }

}  // namespace apicsim

#include "models/memory/hierarchy/tag_array.h"

#include <algorithm>

namespace apicsim {

unsigned TagArray::touch_further(Entry* set, std::uint64_t key) {
  for (unsigned way = 1; way < m_ways; ++way) {
    const Entry entry = set[way];
    if (key_of(entry) != key) continue;
    if (entry == 0) return 0;
    std::copy_backward(set, set + way, set + way + 1);
    set[0] = entry;
    return state_of(entry);
  }
  return 0;
}

void TagArray::set_state(std::uint64_t key, unsigned state) {
  Entry* const set = set_of(key);
  for (unsigned way = 0; way < m_ways; ++way)
    if (set[way] != 0 && key_of(set[way]) == key) {
      set[way] = key << state_bits | state;
      return;
    }
}

TagArray::Entry TagArray::insert(std::uint64_t key, unsigned state) {
  Entry* const set = set_of(key);
  const Entry evicted = set[m_ways - 1];
  std::copy_backward(set, set + m_ways - 1, set + m_ways);
  set[0] = key << state_bits | state;
  return evicted;
}

unsigned TagArray::remove(std::uint64_t key) {
  Entry* const set = set_of(key);
  for (unsigned way = 0; way < m_ways; ++way) {
    if (set[way] == 0 || key_of(set[way]) != key) continue;
    const unsigned state = state_of(set[way]);
    std::copy(set + way + 1, set + m_ways, set + way);
    set[m_ways - 1] = 0;
    return state;
  }
  return 0;
}

void TagArray::clear() { std::fill(m_entries.begin(), m_entries.end(), 0); }

}  // namespace apicsim

#include "models/memory/hierarchy/tag_array.h"

#include <algorithm>

namespace apicsim {

TagArray::Entry* TagArray::move_to_front(Entry* set, Entry* found) {
  const Entry entry = *found;
  std::copy_backward(set, found, found + 1);
  *set = entry;
  return set;
}

void TagArray::set_state(std::uint64_t key, unsigned state) {
  Entry* const found = find(key);
  if (found != nullptr) *found = key << state_bits | state;
}

TagArray::Entry TagArray::insert(std::uint64_t key, unsigned state) {
  Entry* const set = set_of(key);
  const Entry evicted = set[m_ways - 1];
  std::copy_backward(set, set + m_ways - 1, set + m_ways);
  set[0] = key << state_bits | state;
  return evicted;
}

unsigned TagArray::remove(std::uint64_t key) {
  Entry* const found = find(key);
  if (found == nullptr) return 0;
  const unsigned state = state_of(*found);
  Entry* const end = set_of(key) + m_ways;
  std::copy(found + 1, end, found);
  end[-1] = 0;
  return state;
}

void TagArray::clear() { std::fill(m_entries.begin(), m_entries.end(), 0); }

}  // namespace apicsim

#pragma once

#include <cstdint>
#include <vector>

namespace apicsim {

/// Set-associative array of keys with eleven bits of state each; within a set the most recently
/// used entry comes first, so that the common hit is the first comparison and the last entry is the
/// victim (true LRU). State 0 means absent.
///
/// Keys are below 2^53; the set is the key modulo the number of sets.
class TagArray {
 public:
  using Entry = std::uint64_t;  ///< key << 11 | state; 0 for none
  static constexpr unsigned state_bits = 11;
  static constexpr std::uint64_t state_mask = (1u << state_bits) - 1;

  /// `sets` is a power of two; both at least 1.
  TagArray(std::uint64_t sets, std::uint64_t ways)
      : m_set_mask(sets - 1), m_ways(static_cast<std::uint32_t>(ways)), m_entries(sets * ways) {}

  static std::uint64_t key_of(Entry entry) { return entry >> state_bits; }
  static unsigned state_of(Entry entry) { return static_cast<unsigned>(entry & state_mask); }

  /// State of the entry, 0 when absent; order unchanged.
  unsigned peek(std::uint64_t key) const {
    const Entry* const set = set_of(key);
    for (unsigned way = 0; way < m_ways; ++way)
      if (key_of(set[way]) == key) return state_of(set[way]);
    return 0;
  }

  /// The same, and the entry becomes the most recently used one.
  unsigned touch(std::uint64_t key) {
    Entry* const found = find(key);
    return found == nullptr ? 0 : state_of(*promote(key, found));
  }

  /// The entry, nullptr when absent; order unchanged. Good until the next change of the array.
  Entry* find(std::uint64_t key) {
    Entry* const set = set_of(key);
    for (Entry *way = set, *const end = set + m_ways; way != end; ++way)
      if (key_of(*way) == key) return *way == 0 ? nullptr : way;
    return nullptr;
  }

  /// Makes an entry that find() returned the most recently used one; returns its new place.
  Entry* promote(std::uint64_t key, Entry* found) {
    Entry* const set = set_of(key);
    return found == set ? set : move_to_front(set, found);
  }

  /// Gives an entry another state, not 0; order unchanged. Nothing happens when it is absent.
  void set_state(std::uint64_t key, unsigned state);

  /// What insert() of an absent key would push out; 0 for nothing.
  Entry victim(std::uint64_t key) const { return set_of(key)[m_ways - 1]; }

  /// Enters an absent key as the most recently used one and returns what was pushed out.
  Entry insert(std::uint64_t key, unsigned state);

  /// Returns the state that the entry had; 0 when it was absent.
  unsigned remove(std::uint64_t key);

  void clear();

  /// Removes the entries for which `unwanted(entry)` holds; order of the others unchanged.
  template <typename Predicate>
  void remove_if(Predicate unwanted) {
    for (std::size_t at = 0; at < m_entries.size(); at += m_ways) {
      std::size_t kept = at;
      for (std::size_t i = at; i < at + m_ways; ++i)
        if (m_entries[i] != 0 && !unwanted(m_entries[i])) m_entries[kept++] = m_entries[i];
      for (; kept < at + m_ways; ++kept) m_entries[kept] = 0;
    }
  }

  /// All entries, 0 where there is none.
  const std::vector<Entry>& entries() const { return m_entries; }

 private:
  Entry* set_of(std::uint64_t key) { return &m_entries[(key & m_set_mask) * m_ways]; }
  const Entry* set_of(std::uint64_t key) const { return &m_entries[(key & m_set_mask) * m_ways]; }
  static Entry* move_to_front(Entry* set, Entry* found);

  std::uint64_t m_set_mask;
  std::uint32_t m_ways;
  std::vector<Entry> m_entries;
};

}  // namespace apicsim

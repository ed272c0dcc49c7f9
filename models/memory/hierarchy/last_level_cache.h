#pragma once

#include <cstdint>

#include "models/memory/hierarchy/coherence.h"
#include "models/memory/host_mapping.h"

namespace apicsim {

struct MemoryParameters;

/// Tags and directory of one socket's last-level cache: slices of set-associative arrays, the
/// slice chosen by a hash of the address, true LRU within a set. It includes all lines of its
/// cores. Tags take host memory from their first use on.
class LastLevelCache {
 public:
  struct Line {
    std::uint64_t tag = 0;      ///< line << 3 | state; 0 for none
    std::uint64_t present = 0;  ///< cores (numbered within the socket) that may hold a copy
    Cycle busy_until = 0;       ///< a transfer of the line is under way

    std::uint64_t line() const { return tag >> 3; }
    LineState state() const { return static_cast<LineState>(tag & 7); }
    void set_state(LineState state) {
      tag = (tag & ~std::uint64_t{7}) | static_cast<unsigned>(state);
    }
  };

  explicit LastLevelCache(const MemoryParameters& parameters);

  /// nullptr when absent; order unchanged. Valid until the next touch(), insert() or remove().
  Line* find(std::uint64_t line);
  const Line* find(std::uint64_t line) const;
  /// The same, and the line becomes the most recently used one of its set.
  Line* touch(std::uint64_t line);
  /// Enters an absent line; returns what it pushed out (tag 0: nothing) through `victim`.
  Line& insert(std::uint64_t line, LineState state, Line& victim);
  void remove(std::uint64_t line);
  void clear();

  /// Number of the set that a line belongs to, over all slices.
  std::uint64_t set_number(std::uint64_t line) const;
  std::uint64_t ways() const { return m_ways; }

  /// Calls `function(line)` for each line there is, in array order; looks at every set.
  template <typename Function>
  void for_each(Function function) const {
    const Line* const first = lines();
    for (std::uint64_t i = 0; i < m_sets * m_ways; ++i)
      if (first[i].tag != 0) function(first[i]);
  }

 private:
  Line* lines() const { return reinterpret_cast<Line*>(m_storage.data()); }
  Line* set_of(std::uint64_t line) const { return lines() + set_number(line) * m_ways; }

  std::uint64_t m_slices, m_sets_per_slice, m_sets;
  std::uint64_t m_ways;
  HostMapping m_storage;
};

}  // namespace apicsim

#pragma once

#include <cstdint>
#include <vector>

#include "models/time/cycle.h"

namespace apicsim {

/// Memory channels of one node. Lines are interleaved over them; each line transferred keeps its
/// channel for a fixed time, and further ones queue behind it.
class MemoryChannels {
 public:
  /// `channels` at least 1; `occupancy` in cycles per line.
  MemoryChannels(std::uint64_t channels, Cycle occupancy)
      : m_occupancy(occupancy), m_free_at(channels) {}

  /// Takes the line's channel at `now` or as soon as it is free; returns that cycle.
  Cycle take(std::uint64_t line, Cycle now) {
    Cycle& free_at = m_free_at[line % m_free_at.size()];
    const Cycle start = now > free_at ? now : free_at;
    free_at = start + m_occupancy;
    return start;
  }

 private:
  Cycle m_occupancy;
  std::vector<Cycle> m_free_at;
};

}  // namespace apicsim

#pragma once

#include <array>

#include "models/core/types.h"
#include "models/time/cycle.h"

namespace apicsim {

/// Line fill buffers: each holds a miss of the L1 data cache until its line has arrived.
class FillBuffers {
 public:
  static constexpr unsigned most = 16;

  explicit FillBuffers(unsigned entries) : m_entries(entries) {}

  /// A miss at `at` that takes `latency` from when a buffer is free; returns its end.
  Cycle fill(Cycle at, Cycle latency) {
    unsigned first = 0;
    for (unsigned i = 1; i < m_entries; ++i)
      if (m_ready[i] < m_ready[first]) first = i;
    const Cycle start = at > m_ready[first] ? at : m_ready[first];
    m_ready[first] = start + latency;
    return start + latency;
  }

 private:
  unsigned m_entries;
  std::array<Cycle, most> m_ready{};
};

}  // namespace apicsim

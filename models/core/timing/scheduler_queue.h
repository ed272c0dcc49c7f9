#pragma once

#include <array>

#include "models/core/types.h"
#include "models/time/cycle.h"

namespace apicsim {

/// How many micro-operations wait for their execution at a given cycle: they enter when they are
/// renamed and leave, out of order, in the cycle in which a port takes them.
class SchedulerQueue {
 public:
  static constexpr unsigned most = 128;

  /// `entries` at most `most`.
  explicit SchedulerQueue(unsigned entries) : m_entries(entries) {}

  /// The first cycle, from `cycle` on, with room for `count` more (or in which it is empty).
  Cycle room_at(Cycle cycle, unsigned count) {
    for (; m_head != m_tail; ++m_head) {
      const Cycle first = m_leaving[m_head & mask];
      if (first <= cycle) continue;
      if (m_tail - m_head + count <= m_entries) break;
      cycle = first;
    }
    return cycle;
  }

  /// One that is renamed in `now` and executed in `at`.
  void enter(Cycle now, Cycle at) {
    if (at <= now) return;
    if (APICSIM_UNLIKELY(m_tail - m_head > mask)) ++m_head;
    u32 place = m_tail++;
    for (; place != m_head && m_leaving[(place - 1) & mask] > at; --place)
      m_leaving[place & mask] = m_leaving[(place - 1) & mask];
    m_leaving[place & mask] = at;
  }

 private:
  static constexpr u32 mask = 2 * most - 1;

  u32 m_entries;
  u32 m_head = 0, m_tail = 0;
  std::array<Cycle, 2 * most> m_leaving{};  ///< ascending from m_head up to m_tail
};

}  // namespace apicsim

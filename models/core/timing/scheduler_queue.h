#pragma once

#include <algorithm>
#include <array>

#include "models/core/types.h"
#include "models/time/cycle.h"

namespace apicsim {

/// How many micro-operations wait for their execution at a given cycle: they enter when they are
/// renamed and leave, out of order, in the cycle in which a port takes them. One that waits for
/// longer than `window` cycles is taken to leave after them.
class SchedulerQueue {
 public:
  static constexpr unsigned most = 128;
  static constexpr unsigned window = 1024;

  /// `entries` at most `most`.
  explicit SchedulerQueue(unsigned entries) : m_entries(entries) {}

  /// The first cycle, from `cycle` on, with room for `count` more (or in which it is empty).
  Cycle room_at(Cycle cycle, unsigned count) {
    advance(cycle);
    while (APICSIM_UNLIKELY(m_waiting + count > m_entries) && m_waiting != 0) advance(m_now + 1);
    return std::max(cycle, m_now);
  }

  /// One that is executed in cycle `at`.
  void enter(Cycle at) {
    if (at <= m_now) return;
    const Cycle leaves = std::min(at, m_now + window - 1);
    ++m_leaving[leaves & (window - 1)];
    ++m_waiting;
  }

 private:
  void advance(Cycle cycle) {
    while (m_now < cycle && m_waiting != 0) {
      u16& leaving = m_leaving[++m_now & (window - 1)];
      m_waiting -= leaving;
      leaving = 0;
    }
    m_now = std::max(m_now, cycle);
  }

  u32 m_entries;
  u32 m_waiting = 0;  ///< executed after m_now
  Cycle m_now = 0;
  std::array<u16, window> m_leaving{};  ///< how many, by cycle
};

}  // namespace apicsim

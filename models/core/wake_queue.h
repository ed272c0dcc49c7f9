#pragma once

#include <vector>

#include "models/core/types.h"
#include "models/time/cycle.h"

namespace apicsim {

/// When each CPU wants to run next. Answers who comes first and who after that in O(log CPUs); the
/// lower number comes first among CPUs of the same cycle, so the order is the same on every host.
class WakeQueue {
 public:
  static constexpr u32 nobody = ~u32{0};

  /// The CPU that runs next and the one that would run after it; `never` and `nobody` if none.
  struct Candidate {
    Cycle wake = never, other_wake = never;
    u32 cpu = nobody, other = nobody;
  };

  /// All CPUs start with `never`.
  explicit WakeQueue(u32 cpus);

  Cycle operator[](u32 cpu) const { return m_wake[cpu]; }
  void set(u32 cpu, Cycle wake);
  Candidate next() const;

 private:
  bool before(u32 a, u32 b) const {
    return m_wake[a] < m_wake[b] || (m_wake[a] == m_wake[b] && a < b);
  }

  u32 m_leaves;               ///< a power of two; leaf of CPU n is node m_leaves + n
  std::vector<Cycle> m_wake;  ///< per leaf; `never` behind the last CPU
  std::vector<u32> m_winner;  ///< per node of the tournament: the CPU that comes first below it
};

}  // namespace apicsim

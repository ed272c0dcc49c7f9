#pragma once

#include <array>

#include "models/core/timing/op_timing.h"
#include "models/core/types.h"
#include "models/time/cycle.h"

namespace apicsim {

/// Which execution ports are taken in which cycle, over the nearest `window` cycles.
///
/// Instructions reserve in program order and take the first free cycle from when they are ready:
/// among ready micro-operations the oldest goes first, and a younger one may run before an older
/// one that still waits. A reservation beyond the window finds its port free.
class PortCalendar {
 public:
  static constexpr unsigned ports = 6;
  static constexpr unsigned window = 512;

  /// The cycle, at or after `ready`, in which a micro-operation of the group executes. Of several
  /// free ports it takes the one that was given the least so far. Precondition: `ready` is not
  /// before what advance() was told last.
  Cycle reserve(UopGroup group, Cycle ready) {
    if (APICSIM_UNLIKELY(group.occupancy > 1)) return reserve_divider(group, ready);
    return reserve_port(group.ports, ready);
  }
  Cycle reserve_port(u8 mask, Cycle ready) {
    if (APICSIM_UNLIKELY(mask == 0)) return ready;
    const Cycle end = m_base + window;
    for (Cycle at = ready; APICSIM_LIKELY(at < end); ++at) {
      u8& taken = m_taken[at & (window - 1)];
      const unsigned free = mask & ~taken;
      if (free == 0) continue;
      const unsigned port = least_given(free);
      ++m_given[port];
      taken = static_cast<u8>(taken | 1u << port);
      return at;
    }
    return ready > end ? ready : end;
  }

  /// Nothing reserves before `cycle` any more. It never decreases.
  void advance(Cycle cycle) {
    if (APICSIM_UNLIKELY(cycle >= m_base + window)) m_taken.fill(0);
    for (Cycle at = m_base; at < cycle && at < m_base + window; ++at)
      m_taken[at & (window - 1)] = 0;
    m_base = cycle;
  }

 private:
  unsigned least_given(unsigned free) const {
    auto best = static_cast<unsigned>(__builtin_ctz(free));
    for (free &= free - 1; free != 0; free &= free - 1) {
      const auto port = static_cast<unsigned>(__builtin_ctz(free));
      if (m_given[port] < m_given[best]) best = port;
    }
    return best;
  }
  Cycle reserve_divider(UopGroup group, Cycle ready) {
    const Cycle start = reserve_port(group.ports, ready > m_divider_free ? ready : m_divider_free);
    m_divider_free = start + group.occupancy;
    return start;
  }

  Cycle m_base = 0;  ///< first cycle of the window
  Cycle m_divider_free = 0;
  std::array<u32, 8> m_given{};
  std::array<u8, window> m_taken{};  ///< ports by cycle
};

}  // namespace apicsim

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
  /// ports it takes the earliest free one, among equals the one that was given the least so far.
  Cycle reserve(UopGroup group, Cycle ready) {
    if (APICSIM_UNLIKELY(group.occupancy > 1)) return reserve_divider(group, ready);
    return reserve_port(group.ports, ready);
  }
  Cycle reserve_port(u8 mask, Cycle ready) {
    if (APICSIM_UNLIKELY(ready >= m_base + window - 64)) return ready;
    Cycle best = never;
    unsigned port = 0;
    for (unsigned rest = mask; rest != 0; rest &= rest - 1) {
      const auto p = static_cast<unsigned>(__builtin_ctz(rest));
      const Cycle free = first_free(p, ready);
      if (free < best || (free == best && m_given[p] < m_given[port])) {
        best = free;
        port = p;
      }
    }
    if (best == never) return ready;
    ++m_given[port];
    m_taken[port][word(best)] |= u64{1} << (best & 63);
    return best;
  }

  /// Nothing reserves before `cycle` any more. Precondition: it never decreases.
  void advance(Cycle cycle) {
    const Cycle base = cycle & ~Cycle{63};
    if (APICSIM_LIKELY(base == m_base)) return;
    forget(base);
  }

 private:
  static constexpr unsigned words = window / 64;
  static unsigned word(Cycle cycle) { return (cycle >> 6) & (words - 1); }

  Cycle first_free(unsigned port, Cycle from) const {
    u64 free = ~m_taken[port][word(from)] & (~u64{0} << (from & 63));
    Cycle start = from & ~Cycle{63};
    for (; free == 0; free = ~m_taken[port][word(start)]) {
      start += 64;
      if (start >= m_base + window) return start;
    }
    return start + static_cast<unsigned>(__builtin_ctzll(free));
  }
  Cycle reserve_divider(UopGroup group, Cycle ready) {
    const Cycle start = reserve_port(group.ports, ready > m_divider_free ? ready : m_divider_free);
    m_divider_free = start + group.occupancy;
    return start;
  }
  void forget(Cycle base) {
    if (base - m_base >= window) {
      for (auto& port : m_taken) port.fill(0);
    } else {
      for (Cycle at = m_base; at != base; at += 64)
        for (auto& port : m_taken) port[word(at)] = 0;
    }
    m_base = base;
  }

  Cycle m_base = 0;  ///< first cycle of the window, a multiple of 64
  Cycle m_divider_free = 0;
  std::array<std::array<u64, words>, ports> m_taken{};
  std::array<u32, ports> m_given{};
};

}  // namespace apicsim

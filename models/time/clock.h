#pragma once

#include <cstdint>

#include "models/time/cycle.h"

namespace apicsim {

/// A clock whose frequency is an exact integer ratio of the core-reference clock (TSC, APIC timer,
/// HPET, PIT, PM timer). Edge k is computed from k, never accumulated, so it does not drift.
class Clock {
 public:
  /// Both frequencies in Hz, not zero. Edge 0 is at cycle 0.
  Clock(std::uint64_t hz, std::uint64_t reference_hz) : m_hz(hz), m_reference_hz(reference_hz) {}

  std::uint64_t hz() const { return m_hz; }

  /// Number of edges after edge 0 at or before `cycle`.
  std::uint64_t ticks(Cycle cycle) const {
    return static_cast<std::uint64_t>(WideCycle{cycle} * m_hz / m_reference_hz);
  }

  /// The first cycle at which ticks() is `tick`; `never` when it lies beyond the range of Cycle.
  Cycle edge(std::uint64_t tick) const {
    const WideCycle cycle = (WideCycle{tick} * m_reference_hz + (m_hz - 1)) / m_hz;
    return cycle > never ? never : static_cast<Cycle>(cycle);
  }

 private:
  std::uint64_t m_hz;
  std::uint64_t m_reference_hz;
};

}  // namespace apicsim

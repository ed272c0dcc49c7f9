#pragma once

#include <cstdint>
#include <systemc>

#include "models/time/cycle.h"

namespace apicsim {

/// The one place where cycles and sc_time meet.
///
/// A cycle is no whole number of SystemC ticks (the resolution is a power of ten seconds), so the
/// way to sc_time rounds down and the way back rounds up. As long as a cycle lasts longer than one
/// tick (1 ps by default, so any clock below 1 THz) the round trip is exact and order is kept.
class Timebase {
 public:
  /// `hz`: frequency of the core-reference clock, 1 ..= 10^11.
  explicit Timebase(std::uint64_t hz);

  std::uint64_t hz() const { return m_hz; }

  /// Start of a cycle, rounded down to the tick.
  sc_core::sc_time to_sc_time(Cycle cycle) const;

  /// First cycle that starts at or after `time`; the exact inverse of to_sc_time().
  Cycle to_cycles(const sc_core::sc_time& time) const;

  /// The cycle at which a transaction that is annotated with `delay` takes place.
  Cycle now(const sc_core::sc_time& delay = sc_core::SC_ZERO_TIME) const {
    return to_cycles(sc_core::sc_time_stamp() + delay);
  }

 private:
  std::uint64_t m_hz;
  std::uint64_t m_ticks_per_second;
};

}  // namespace apicsim

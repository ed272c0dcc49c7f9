#include "models/time/timebase.h"

namespace apicsim {

Timebase::Timebase(std::uint64_t hz)
    : m_hz(hz), m_ticks_per_second(sc_core::sc_time(1, sc_core::SC_SEC).value()) {}

sc_core::sc_time Timebase::to_sc_time(Cycle cycle) const {
  return sc_core::sc_time::from_value(
      static_cast<std::uint64_t>(WideCycle{cycle} * m_ticks_per_second / m_hz));
}

Cycle Timebase::to_cycles(const sc_core::sc_time& time) const {
  return static_cast<Cycle>((WideCycle{time.value()} * m_hz + (m_ticks_per_second - 1)) /
                            m_ticks_per_second);
}

}  // namespace apicsim

// On-demand clock modulation, SDM Vol. 3 §14.7.3: of each period the clock runs for the duty cycle
// and stands for the rest. Periods start at multiples of their length.
#include "models/core/cpu.h"

namespace apicsim {

namespace {

constexpr u32 whole = 16;  ///< sixteenths of a period

Cycle running_part(Cycle period, u32 duty) { return std::max<Cycle>(1, period * duty / whole); }

}  // namespace

/// When the clock stops next. Precondition: it is modulated and runs now.
Cycle Cpu::clock_stops() const {
  const Cycle period = std::max<Cycle>(1, m_environment.latencies.modulation_period);
  return cycle - cycle % period + running_part(period, m_duty);
}

/// While the clock stands nothing is executed or taken, and no unhalted cycle is counted. False: it
/// runs.
bool Cpu::wait_for_clock() {
  if (cycle < clock_stops()) return false;
  const Cycle period = std::max<Cycle>(1, m_environment.latencies.modulation_period);
  const Cycle next = cycle - cycle % period + period;
  halted_cycles += next - cycle;
  cycle = next;
  if (m_timing) m_timing->board().resume(cycle);
  return true;
}

}  // namespace apicsim

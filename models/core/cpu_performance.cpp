// What the performance counters see of a CPU, and how far it may run before one of them
// interrupts. The interrupt comes at the boundary behind the instruction that overflows the
// counter.
#include "models/core/cpu.h"

namespace apicsim {

namespace {

/// Requests that a single instruction can send to the last level, at most: two lines of code, four
/// of data, and the walks of their pages.
constexpr u64 most_requests = 64;

}  // namespace

/// Totals as of `at`, a time within the block that is executed or the local time.
EventTotals Cpu::event_totals(Cycle at) const {
  EventTotals totals{};
  const auto set = [&](Counted kind, u64 value) { totals[static_cast<unsigned>(kind)] = value; };
  const Cycle unhalted = at - halted_cycles;
  set(Counted::core_cycles, unhalted);
  set(Counted::bus_cycles, m_bus_clock.ticks(unhalted));
  set(Counted::tsc_cycles, m_tsc_clock.ticks(unhalted));
  set(Counted::instructions, instructions + ((at - cycle) & m_count_mask));
  set(Counted::branches, branches);
  if (m_timing) {
    set(Counted::mispredictions, m_timing->mispredictions());
    set(Counted::llc_references, m_timing->last_level_references());
    set(Counted::llc_misses, m_timing->last_level_misses());
  }
  return totals;
}

u8 Cpu::counting_level() const {
  const bool frozen = smm.active && (msr.debug_control & debug_control::freeze_in_smm);
  return static_cast<u8>((cpl == 3 ? 1 : 0) | (frozen ? 2 : 0));
}

/// Brings the counters up to `at` and raises the interrupt that an overflow asks for.
void Cpu::count_up(Cycle at) {
  m_performance.advance(event_totals(at), m_counted_as & 1, m_counted_as & 2);
  m_counted_as = counting_level();
  if (!m_performance.take_interrupt()) return;
  counters_changed();  // it may have frozen them
  m_apic.signal(LocalApic::LocalSource::performance, at);
}

void Cpu::counters_changed() {
  m_counting = m_performance.counting();
  m_counts_branches = m_counting && !m_timing && m_performance.counts(Counted::branches);
  m_counted_as = counting_level();
}

/// Tightens the end of a stretch and the number of its instructions so that no interrupting counter
/// overflows before the boundary that it ends at.
void Cpu::bound_by_counters(Cycle& end, unsigned& most) const {
  const bool user = m_counted_as & 1;
  const auto left = [&](Counted kind) { return m_performance.until_overflow(kind, user); };
  const Cycle unhalted = cycle - halted_cycles;
  const auto edge_in = [&](const Clock& clock, u64 ticks) {
    const u64 now = clock.ticks(unhalted);
    return ticks > never - now ? never : clock.edge(now + ticks) - unhalted;
  };
  const Cycle cycles =
      std::min({Cycle{left(Counted::core_cycles)}, edge_in(m_bus_clock, left(Counted::bus_cycles)),
                edge_in(m_tsc_clock, left(Counted::tsc_cycles))});
  u64 steps = std::min(left(Counted::instructions), left(Counted::branches));
  if (m_timing) {
    const u64 requests =
        std::min(left(Counted::llc_references), left(Counted::llc_misses)) / most_requests;
    steps = std::min({steps, left(Counted::mispredictions), std::max<u64>(requests, 1)});
  }
  most = static_cast<unsigned>(std::min<u64>(steps, ~0u));
  const Cycle soonest = m_timing ? cycles : std::min(cycles, Cycle{steps});
  if (soonest < never - cycle) end = std::min(end, cycle + soonest);
}

/// The end of a sleep: what follows counts as unhalted. False: the sleep goes on, or the CPU has to
/// be the earliest one.
bool Cpu::wake_up() {
  const Cycle at = cycle;
  if (!take_events(Shadow::none) || activity != Activity::running) return false;
  halted_cycles += at - idle_from;
  idle_from = never;
  return true;
}

}  // namespace apicsim

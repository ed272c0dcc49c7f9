#pragma once

#include <array>

#include "models/core/cpu_model.h"
#include "models/core/spec/performance_events.h"

namespace apicsim {

/// How many counters a processor has and how wide, from CPUID leaf 0AH (SDM Vol. 3 §18.2).
/// Version 0: none at all.
struct PerformanceShape {
  unsigned version = 0;
  unsigned general = 0;  ///< IA32_PMCx, at most 8
  unsigned general_width = 0;
  unsigned fixed = 0;  ///< at most 3, from version 2 on
  unsigned fixed_width = 0;
  u64 absent_events = 0;  ///< bits of EBX, those beyond its stated length set
  bool full_width_writes = false;

  static PerformanceShape of(const CpuModel& model);
  /// Bits of IA32_PERF_GLOBAL_CTRL and of the overflow bits in IA32_PERF_GLOBAL_STATUS.
  u64 counters_mask() const { return ((u64{1} << general) - 1) | ((u64{1} << fixed) - 1) << 32; }
};

/// The performance-monitoring counters of one logical processor (SDM Vol. 3 §18.2, versions 1..3).
///
/// Nothing ticks: the owner says at instruction boundaries what the totals of its events are, and
/// asks up to where it may run before a counter overflows whose interrupt is enabled.
class PerformanceCounters {
 public:
  static constexpr unsigned most_general = 8, most_fixed = 3;

  /// `width`: how many instructions can retire in a cycle, which a counter mask compares with.
  PerformanceCounters(const CpuModel& model, unsigned width);

  const PerformanceShape& shape() const { return m_shape; }
  void reset();
  /// Any counter is enabled.
  bool counting() const { return m_counting; }
  /// Any enabled counter counts this.
  bool counts(Counted kind) const { return m_kinds[static_cast<unsigned>(kind)]; }
  /// Another thread shares the core, so that AnyThread would have to count it, too.
  void set_shares_core(bool shares) { m_shares_core = shares; }

  /// Adds what has happened since the last call, all at one privilege level; `frozen`: nothing of
  /// it counts.
  void advance(const EventTotals& totals, bool user, bool frozen);
  /// An overflow has asked for an interrupt; asking clears it.
  bool take_interrupt() {
    const bool due = m_interrupt_due;
    m_interrupt_due = false;
    return due;
  }
  /// How much of an event may be counted until a counter overflows that interrupts; ~0: any amount.
  u64 until_overflow(Counted kind, bool user) const;

  // Registers. Values are as of the last advance(). False: #GP(0), nothing changed. Enabling what
  // is not modelled throws Unmodelled.
  u64 general(unsigned n) const { return m_general[n].value; }
  u64 fixed(unsigned n) const { return m_fixed[n].value; }
  u64 event_select(unsigned n) const { return m_select[n]; }
  u64 fixed_control() const { return m_fixed_control; }
  u64 global_control() const { return m_global_control; }
  u64 global_status() const { return m_status; }
  bool write_general(unsigned n, u64 value);
  bool write_general_full(unsigned n, u64 value);
  bool write_fixed(unsigned n, u64 value);
  bool write_event_select(unsigned n, u64 value);
  bool write_fixed_control(u64 value);
  bool write_global_control(u64 value);
  bool clear_status(u64 bits);
  /// IA32_DEBUGCTL.FREEZE_PERFMON_ON_PMI (§18.2.2, §17.4.7).
  void freeze_on_interrupt(bool freeze) { m_freeze_on_interrupt = freeze; }

 private:
  /// What a counter does, derived from its control registers.
  struct Counter {
    u64 value = 0;
    Counted kind = Counted::core_cycles;
    bool active = false;
    bool system = false, user = false;
    bool interrupt = false;
  };

  bool at_level(const Counter& c, bool user) const { return user ? c.user : c.system; }
  void add(Counter& counter, u64 amount, unsigned width, unsigned status_bit);
  void overflowed(const Counter& counter, unsigned status_bit);
  void freeze();
  void configure();
  void configure_general(unsigned n);
  void configure_fixed(unsigned n);
  bool globally_enabled(unsigned bit_number) const;
  bool choose_event(u64 select, Counter& counter) const;
  bool apply_threshold(u64 select, const ArchitecturalEvent& event, Counter& counter) const;
  const ArchitecturalEvent* find_event(u64 select) const;

  const PerformanceShape m_shape;
  const unsigned m_width;
  bool m_shares_core = false;
  std::array<Counter, most_general> m_general;
  std::array<Counter, most_fixed> m_fixed;
  std::array<u64, most_general> m_select{};
  u64 m_fixed_control = 0, m_global_control = 0, m_status = 0;
  bool m_freeze_on_interrupt = false, m_freeze_due = false;
  bool m_counting = false;
  bool m_interrupt_due = false;
  std::array<bool, counted_kinds> m_kinds{};
  EventTotals m_last{};
};

}  // namespace apicsim

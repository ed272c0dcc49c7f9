#pragma once

#include <cstdint>

#include "models/time/clock.h"

namespace apicsim {

/// The timer of a local APIC, SDM Vol. 3 §11.5.4: a down-counter behind a divider, or a comparator
/// with the time-stamp counter. Nothing ticks: every value is computed from the cycle asked for.
///
/// The divider starts anew when the count is written. The owner calls expire() at expiry(), or
/// skip() to get past expiries that nobody wants to see, before any other call with a later cycle.
class ApicTimer {
 public:
  /// LVT timer register bits 18:17.
  enum class Mode : std::uint8_t { one_shot = 0, periodic = 1, tsc_deadline = 2, reserved = 3 };

  ApicTimer(const Clock& input, const Clock& tsc) : m_input(input), m_tsc(tsc) {}

  /// The next cycle at which the timer generates an interrupt; `never` when it does not run.
  Cycle expiry() const { return m_state.expiry < m_state.held_from ? m_state.expiry : never; }
  void expire();
  void skip(Cycle now);

  /// A switch to or from TSC-deadline mode disarms the timer and clears the initial count
  /// (§11.5.4.1). Other switches leave the counter running; an expired one stays at zero.
  void set_mode(Mode mode, Cycle now);
  Mode mode() const { return m_state.mode; }

  /// Starts the counter; zero stops it. Without effect in TSC-deadline mode.
  void write_initial_count(std::uint32_t count, Cycle now);
  std::uint32_t initial_count() const { return m_state.initial_count; }
  std::uint32_t current_count(Cycle now) const;

  static constexpr std::uint32_t divide_by_one = 0xB;
  /// `value`: divide configuration register; bits 3, 1 and 0 count. Keeps the current count.
  void set_divide(std::uint32_t value, Cycle now);
  /// 1, 2, 4, ... 128.
  unsigned divisor() const { return m_state.divisor; }

  /// IA32_TSC_DEADLINE: zero disarms; a deadline that is past expires at `now`. Without effect, and
  /// reading zero, outside of TSC-deadline mode.
  void write_deadline(std::uint64_t deadline, Cycle now);
  std::uint64_t deadline() const { return m_state.deadline; }

  /// Difference between the time-stamp counter and the ticks of its clock (WRMSR to IA32_TSC).
  void set_tsc_offset(std::uint64_t offset, Cycle now);

  /// The timer stands from the cycle `from` on, because its core is in a deep C-state and the
  /// processor has no ARAT (§11.5.4); what expires before still does.
  void hold(Cycle from) { m_state.held_from = from; }
  /// It runs again from `at` on: the count goes on where it stood; a deadline that has passed
  /// meanwhile expires at once.
  void release(Cycle at);

  void reset();

 private:
  /// The counter stood at base_count when the input clock had made base_tick ticks.
  struct State {
    Cycle expiry = never;
    Cycle held_from = never;
    std::uint64_t base_tick = 0;
    std::uint64_t deadline = 0;
    std::uint64_t tsc_offset = 0;
    std::uint32_t base_count = 0;  ///< zero when the counter stands still
    std::uint32_t initial_count = 0;
    unsigned divisor = 2;
    Mode mode = Mode::one_shot;
  };

  void start(std::uint32_t count, std::uint64_t tick);
  void stop();
  std::uint64_t end_tick() const {
    return m_state.base_tick + std::uint64_t{m_state.base_count} * m_state.divisor;
  }
  bool counts() const { return m_state.mode <= Mode::periodic; }
  Cycle deadline_expiry(Cycle now) const;

  Clock m_input;
  Clock m_tsc;
  State m_state;
};

}  // namespace apicsim

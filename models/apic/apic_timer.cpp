#include "models/apic/apic_timer.h"

#include <algorithm>

namespace apicsim {
namespace {

/// §11.5.4, Figure 11-10: 000 is 2, 001 is 4, ... 110 is 128, 111 is 1.
unsigned divisor_of(std::uint32_t value) {
  const unsigned code = (value & 3) | ((value >> 1) & 4);
  return 1u << ((code + 1) & 7);
}

}  // namespace

void ApicTimer::start(std::uint32_t count, std::uint64_t tick) {
  m_state.base_tick = tick;
  m_state.base_count = counts() ? count : 0;
  m_state.expiry = m_state.base_count == 0 ? never : m_input.edge(end_tick());
}

void ApicTimer::stop() {
  m_state.base_count = 0;
  m_state.deadline = 0;
  m_state.expiry = never;
}

void ApicTimer::expire() {
  if (m_state.mode == Mode::periodic)
    start(m_state.initial_count, end_tick());
  else
    stop();
}

void ApicTimer::skip(Cycle now) {
  if (expiry() > now) return;
  expire();
  if (m_state.mode != Mode::periodic || m_state.expiry > now) return;
  const std::uint64_t period = std::uint64_t{m_state.initial_count} * m_state.divisor;
  const std::uint64_t elapsed = m_input.ticks(now) - m_state.base_tick;
  start(m_state.initial_count, m_state.base_tick + elapsed / period * period);
}

void ApicTimer::set_mode(Mode mode, Cycle now) {
  if (mode == m_state.mode) return;
  skip(now);
  const bool deadline_switch = (mode == Mode::tsc_deadline) != (m_state.mode == Mode::tsc_deadline);
  const std::uint32_t count = current_count(now);
  m_state.mode = mode;
  if (deadline_switch) {
    stop();
    m_state.initial_count = 0;
  } else {
    start(count == 0 ? 0 : m_state.base_count, m_state.base_tick);
  }
}

void ApicTimer::write_initial_count(std::uint32_t count, Cycle now) {
  if (m_state.mode == Mode::tsc_deadline) return;
  m_state.initial_count = count;
  start(count, m_input.ticks(now));
}

std::uint32_t ApicTimer::current_count(Cycle now) const {
  if (m_state.base_count == 0) return 0;
  now = std::min(now, m_state.held_from);
  const std::uint64_t elapsed = (m_input.ticks(now) - m_state.base_tick) / m_state.divisor;
  if (elapsed < m_state.base_count) return static_cast<std::uint32_t>(m_state.base_count - elapsed);
  if (m_state.mode != Mode::periodic) return 0;
  const std::uint64_t into_period = (elapsed - m_state.base_count) % m_state.initial_count;
  return static_cast<std::uint32_t>(m_state.initial_count - into_period);
}

void ApicTimer::set_divide(std::uint32_t value, Cycle now) {
  const unsigned divisor = divisor_of(value);
  if (divisor == m_state.divisor) return;
  skip(now);
  const std::uint32_t count = current_count(now);
  m_state.divisor = divisor;
  if (m_state.mode != Mode::tsc_deadline) start(count, m_input.ticks(now));
}

Cycle ApicTimer::deadline_expiry(Cycle now) const {
  if (m_state.deadline == 0) return never;
  const std::uint64_t ticks = m_tsc.ticks(now);
  const std::uint64_t tsc = ticks + m_state.tsc_offset;
  if (m_state.deadline <= tsc) return now;
  const std::uint64_t target = ticks + (m_state.deadline - tsc);
  return target < ticks ? never : m_tsc.edge(target);
}

void ApicTimer::write_deadline(std::uint64_t deadline, Cycle now) {
  if (m_state.mode != Mode::tsc_deadline) return;
  m_state.deadline = deadline;
  m_state.expiry = deadline_expiry(now);
}

void ApicTimer::set_tsc_offset(std::uint64_t offset, Cycle now) {
  m_state.tsc_offset = offset;
  if (m_state.mode == Mode::tsc_deadline) m_state.expiry = deadline_expiry(now);
}

void ApicTimer::release(Cycle at) {
  const Cycle from = m_state.held_from;
  m_state.held_from = never;
  if (from >= at) return;
  if (m_state.mode == Mode::tsc_deadline) {
    if (m_state.expiry < at) m_state.expiry = at;
    return;
  }
  if (m_state.base_count == 0) return;
  m_state.base_tick += m_input.ticks(at) - m_input.ticks(from);
  m_state.expiry = m_input.edge(end_tick());
}

void ApicTimer::reset() {
  const std::uint64_t offset = m_state.tsc_offset;
  m_state = State{};
  m_state.tsc_offset = offset;
}

}  // namespace apicsim

// Interrupts: causes to messages or the pin, delays and throttling (82574 §7.4).
#include <algorithm>

#include "models/devices/nic/nic.h"
#include "models/fabric/notify_at.h"

namespace apicsim {
namespace {

constexpr std::uint64_t nanoseconds_per_second = 1'000'000'000;

}  // namespace

/// Rounded up to cycles; the largest argument is 2^26 ns.
Cycle Nic::nanoseconds(std::uint64_t count) const {
  return (count * timebase().hz() + nanoseconds_per_second - 1) / nanoseconds_per_second;
}

bool Nic::write_interrupt_register(std::uint32_t offset, std::uint32_t value, Cycle now) {
  switch (offset) {
    case nic::icr:
      m_causes.acknowledge(value);
      break;
    case nic::ics:
      m_causes.set(value);
      break;
    case nic::ims:
      m_causes.enable(value & nic::cause_all);
      break;
    case nic::imc:
      m_causes.disable(value);
      break;
    default:
      return false;
  }
  show_interrupt(now);
  return true;
}

void Nic::raise(std::uint32_t causes, Cycle now) {
  m_causes.set(causes);
  show_interrupt(now);
}

void Nic::show_interrupt(Cycle now) {
  if (msix_enabled())
    signal_vectors(now);
  else if (message_signaled())
    signal_message(now);
  else
    show_pin(now);
  schedule_interrupt();
}

void Nic::signal_message(Cycle now) {
  m_pin = false;
  m_held_message = m_causes.take_untold() || m_held_message;
  if (!m_held_message || now < m_next_interrupt) return;
  m_held_message = false;
  m_next_interrupt = now + nanoseconds(m_registers.get(nic::itr) * nic::throttle_unit_ns);
  signal(0, now);
}

/// The throttle holds back the pin's assertion, never its end.
void Nic::show_pin(Cycle now) {
  m_held_message = m_causes.pending() && !m_pin && now < m_next_interrupt;
  if (m_held_message) return;
  if (m_causes.pending() && !m_pin)
    m_next_interrupt = now + nanoseconds(m_registers.get(nic::itr) * nic::throttle_unit_ns);
  m_pin = m_causes.pending();
  drive_pin(m_pin, now);
}

void Nic::signal_vectors(Cycle now) {
  m_pin = false;
  m_held_vectors |= m_causes.take_vectors();
  for (unsigned vector = 0; vector < nic::msix_vectors; ++vector) {
    if ((m_held_vectors >> vector & 1) == 0 || now < m_next_message[vector]) continue;
    m_held_vectors &= ~(1u << vector);
    const std::uint32_t interval = m_registers.get(nic::eitr + 4 * vector);
    m_next_message[vector] = now + nanoseconds(interval * nic::throttle_unit_ns);
    signal(vector, now);
  }
}

/// Each new event starts the delay anew, the limit counts from the first one (§7.4.3.1).
void Nic::delay(DelayedCause& waiting, std::uint32_t delay, std::uint32_t limit, Cycle now) {
  if (waiting.limit == never && limit != 0)
    waiting.limit = now + nanoseconds(limit * nic::delay_unit_ns);
  waiting.due = std::min(waiting.limit, now + nanoseconds(delay * nic::delay_unit_ns));
  schedule_interrupt();
}

void Nic::interrupt_due() {
  const Cycle now = timebase().now();
  std::uint32_t causes = 0;
  if (m_transmit_delay.due <= now) {
    m_transmit_delay = DelayedCause{};
    causes |= nic::cause_transmitted | nic::cause_transmit_queue;
  }
  if (m_receive_delay.due <= now) {
    m_receive_delay = DelayedCause{};
    causes |= nic::cause_received | nic::cause_receive_queue;
  }
  raise(causes, now);
}

void Nic::schedule_interrupt() {
  Cycle next = std::min(m_transmit_delay.due, m_receive_delay.due);
  if (m_held_message) next = std::min(next, m_next_interrupt);
  for (unsigned vector = 0; vector < nic::msix_vectors; ++vector)
    if ((m_held_vectors >> vector & 1) != 0) next = std::min(next, m_next_message[vector]);
  notify_at(timebase(), m_interrupt_event, next);
}

}  // namespace apicsim

#include "models/devices/pit_8254.h"

#include "models/fabric/notify_at.h"

namespace apicsim {

Pit8254::Pit8254(const sc_core::sc_module_name& name, const Timebase& timebase, InterruptLine* line)
    : sc_module(name),
      counters("counters", timebase, *this,
               {&Pit8254::read_counters, &Pit8254::write_counters, &Pit8254::peek_counters}),
      control("control", timebase, *this,
              {&Pit8254::read_control, &Pit8254::write_control, &Pit8254::peek_control}),
      m_timebase(timebase),
      m_clock(pit::hz, timebase.hz()),
      m_line(line) {
  m_counters[2].set_gate(false, 0);
  SC_METHOD(output_changed);
  sensitive << m_output_event;
  dont_initialize();
}

std::uint64_t Pit8254::read_counters(std::uint64_t offset, unsigned size, Cycle now) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < size; ++i) {
    // The control word cannot be read (data sheet, Table 1).
    const bool counter = offset + i < pit::counter_count;
    const std::uint64_t byte = counter ? m_counters[offset + i].read(m_clock.ticks(now)) : 0xFF;
    value |= byte << (8 * i);
  }
  return value;
}

std::uint64_t Pit8254::peek_counters(std::uint64_t offset, unsigned, Cycle now) const {
  return offset < pit::counter_count ? m_counters[offset].count(m_clock.ticks(now)) & 0xFF : 0xFF;
}

void Pit8254::write_counters(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now) {
  for (unsigned i = 0; i < size; ++i)
    write_byte(offset + i, static_cast<std::uint8_t>(value >> (8 * i)), m_clock.ticks(now));
  drive_line(now);
}

void Pit8254::write_byte(std::uint64_t offset, std::uint8_t value, std::uint64_t tick) {
  if (offset < pit::counter_count)
    m_counters[offset].write_count(value, tick);
  else if (offset == pit::control_word)
    command(value, tick);
}

void Pit8254::command(std::uint8_t value, std::uint64_t tick) {
  const unsigned selected = value >> pit::select_shift;
  if (selected != pit::read_back) {
    const auto access = static_cast<pit::Access>(value >> pit::access_shift & 3);
    if (access == pit::Access::latch)
      m_counters[selected].latch_count(tick);
    else
      m_counters[selected].write_control(value & 0x3F, tick);
    return;
  }
  for (unsigned i = 0; i < pit::counter_count; ++i) {
    if ((value >> (i + 1) & 1) == 0) continue;
    if ((value & pit::no_count) == 0) m_counters[i].latch_count(tick);
    if ((value & pit::no_status) == 0) m_counters[i].latch_status(tick);
  }
}

std::uint64_t Pit8254::peek_control(std::uint64_t, unsigned, Cycle now) const {
  const std::uint64_t tick = m_clock.ticks(now);
  std::uint8_t value = m_port_61;
  if (m_nmi != nullptr) value |= m_nmi->status();
  if ((tick / pit::refresh_ticks & 1) != 0) value |= pit::refresh_toggle;
  if (m_counters[2].output(tick)) value |= pit::output_2;
  return value;
}

std::uint64_t Pit8254::read_control(std::uint64_t offset, unsigned size, Cycle now) {
  return peek_control(offset, size, now);
}

void Pit8254::write_control(std::uint64_t, unsigned, std::uint64_t value, Cycle now) {
  m_port_61 = static_cast<std::uint8_t>(value) & pit::port_61_writable;
  if (m_nmi != nullptr) m_nmi->write_enables(m_port_61, now);
  const bool gate = (m_port_61 & pit::gate_2) != 0;
  if (gate != m_counters[2].gate()) m_counters[2].set_gate(gate, m_clock.ticks(now));
}

void Pit8254::output_changed() { drive_line(m_timebase.now()); }

/// Shows counter 0's output on its line and wakes up when it changes next.
void Pit8254::drive_line(Cycle now) {
  if (m_line == nullptr) return;
  const std::uint64_t tick = m_clock.ticks(now);
  m_line->set(m_counters[0].output(tick), now);
  const std::uint64_t next = m_counters[0].next_change(tick);
  notify_at(m_timebase, m_output_event, next == PitCounter::no_tick ? never : m_clock.edge(next));
}

}  // namespace apicsim

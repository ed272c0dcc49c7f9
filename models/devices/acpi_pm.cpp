#include "models/devices/acpi_pm.h"

#include "models/devices/register_bytes.h"
#include "models/devices/spec/acpi_pm.h"
#include "models/fabric/notify_at.h"

namespace apicsim {

AcpiPm::AcpiPm(const sc_core::sc_module_name& name, const Timebase& timebase, const Config& config,
               PowerListener& power, InterruptLine* sci)
    : sc_module(name),
      event("event", timebase, *this,
            {&AcpiPm::read_event, &AcpiPm::write_event, &AcpiPm::peek_event}),
      control("control", timebase, *this,
              {&AcpiPm::read_control, &AcpiPm::write_control, &AcpiPm::peek_control}),
      timer("timer", timebase, *this,
            {&AcpiPm::read_timer, &AcpiPm::write_timer, &AcpiPm::peek_timer}),
      gpe0("gpe0", timebase, *this, {&AcpiPm::read_gpe0, &AcpiPm::write_gpe0, &AcpiPm::peek_gpe0}),
      smi("smi", timebase, *this, {&AcpiPm::read_smi, &AcpiPm::write_smi, &AcpiPm::peek_smi}),
      m_timebase(timebase),
      m_config(config),
      m_clock(acpi_pm::timer_hz, timebase.hz()),
      m_power(power),
      m_sci(sci),
      m_control(config.acpi_mode ? acpi_pm::sci_enable : std::uint16_t{0}),
      m_gpe0(config.gpe0_length) {
  SC_METHOD(timer_turned_over);
  sensitive << m_turn_over_event;
  dont_initialize();
}

// --- PM timer ------------------------------------------------------------------------------------

std::uint64_t AcpiPm::peek_timer(std::uint64_t offset, unsigned, Cycle now) const {
  const std::uint64_t mask = (std::uint64_t{1} << m_config.timer_bits) - 1;
  return part_of(m_clock.ticks(now) & mask, offset, 4);
}

std::uint64_t AcpiPm::read_timer(std::uint64_t offset, unsigned size, Cycle now) {
  return peek_timer(offset, size, now);
}

void AcpiPm::write_timer(std::uint64_t, unsigned, std::uint64_t, Cycle) {}  // read-only

/// How often the top bit of the timer has changed since cycle 0.
std::uint64_t AcpiPm::half_periods(Cycle now) const {
  return m_clock.ticks(now) >> (m_config.timer_bits - 1);
}

// --- PM1a event block ----------------------------------------------------------------------------

std::uint16_t AcpiPm::status(Cycle now) const {
  return half_periods(now) != m_seen_half_periods ? acpi_pm::timer_status : std::uint16_t{0};
}

std::uint64_t AcpiPm::peek_event(std::uint64_t offset, unsigned, Cycle now) const {
  const std::uint64_t both = std::uint64_t{m_enable} << 16 | status(now);
  return part_of(both, offset, 4);
}

std::uint64_t AcpiPm::read_event(std::uint64_t offset, unsigned size, Cycle now) {
  return peek_event(offset, size, now);
}

void AcpiPm::write_event(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now) {
  if ((placed(offset, size, value) & acpi_pm::timer_status) != 0)
    m_seen_half_periods = half_periods(now);
  const std::uint64_t both = merged(std::uint64_t{m_enable} << 16, offset, size, value);
  m_enable = static_cast<std::uint16_t>(both >> 16) & acpi_pm::enable_bits;
  update(now);
}

void AcpiPm::timer_turned_over() { update(m_timebase.now()); }

/// Drives the SCI and, while the timer may raise it, wakes up at the next change of its top bit.
void AcpiPm::update(Cycle now) {
  const bool active = (m_control & acpi_pm::sci_enable) != 0 &&
                      (status(now) & m_enable & acpi_pm::timer_enable) != 0;
  if (active != m_sci_active) {
    m_sci_active = active;
    if (m_sci != nullptr) m_sci->set(active, now);
  }
  const bool waiting = !active && (m_enable & acpi_pm::timer_enable) != 0;
  const std::uint64_t next = (half_periods(now) + 1) << (m_config.timer_bits - 1);
  notify_at(m_timebase, m_turn_over_event, waiting ? m_clock.edge(next) : never);
}

// --- PM1a control block --------------------------------------------------------------------------

std::uint64_t AcpiPm::peek_control(std::uint64_t offset, unsigned, Cycle) const {
  return part_of(m_control, offset, 2);
}

std::uint64_t AcpiPm::read_control(std::uint64_t offset, unsigned size, Cycle now) {
  return peek_control(offset, size, now);
}

void AcpiPm::write_control(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now) {
  const auto written = static_cast<std::uint16_t>(merged(m_control, offset, size, value));
  m_control = written & acpi_pm::control_bits;
  update(now);
  if ((written & acpi_pm::sleep_enable) == 0) return;
  const unsigned type = (written & acpi_pm::sleep_type) >> acpi_pm::sleep_type_shift;
  if (type == m_config.s5_sleep_type)
    m_power.power_off(now);
  else
    ++m_ignored_sleeps;
}

// --- GPE0 block: nothing on the board raises a general-purpose event -----------------------------

std::uint64_t AcpiPm::peek_gpe0(std::uint64_t offset, unsigned size, Cycle) const {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < size && offset + i < m_gpe0.size(); ++i)
    value |= std::uint64_t{m_gpe0[offset + i]} << (8 * i);
  return value;
}

std::uint64_t AcpiPm::read_gpe0(std::uint64_t offset, unsigned size, Cycle now) {
  return peek_gpe0(offset, size, now);
}

void AcpiPm::write_gpe0(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle) {
  // The first half is status, written 1 to clear (§4.8.4.1.1): it is zero and stays so.
  for (unsigned i = 0; i < size; ++i)
    if (offset + i >= m_gpe0.size() / 2 && offset + i < m_gpe0.size())
      m_gpe0[offset + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

// --- SMI command port ----------------------------------------------------------------------------

std::uint64_t AcpiPm::peek_smi(std::uint64_t offset, unsigned, Cycle) const {
  return part_of(m_smi, offset, 2);
}

std::uint64_t AcpiPm::read_smi(std::uint64_t offset, unsigned size, Cycle now) {
  return peek_smi(offset, size, now);
}

void AcpiPm::write_smi(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now) {
  m_smi = static_cast<std::uint16_t>(merged(m_smi, offset, size, value));
  if (offset != 0) return;
  // What firmware's SMI handler would do (ACPI §5.2.9, ACPI_ENABLE and ACPI_DISABLE).
  const auto command = static_cast<std::uint8_t>(value);
  if (command == m_config.acpi_enable) m_control |= acpi_pm::sci_enable;
  if (command == m_config.acpi_disable)
    m_control &= static_cast<std::uint16_t>(~acpi_pm::sci_enable);
  update(now);
}

}  // namespace apicsim

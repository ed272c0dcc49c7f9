#include "models/core/thermal_sensor.h"

#include <algorithm>

namespace apicsim {

namespace {

/// Thresholds count in degrees below the target, as the readout does.
u64 threshold(u64 control, unsigned shift) { return control >> shift & 0x7F; }

/// What the interrupt register says about a condition that came, or went.
u64 enabled_rise(u64 control) {
  namespace i = thermal_interrupt;
  namespace s = thermal_status;
  return (control & i::high ? s::hot : 0) | (control & i::prochot ? s::prochot : 0) |
         (control & i::critical ? s::critical : 0) | (control & i::threshold1 ? s::threshold1 : 0) |
         (control & i::threshold2 ? s::threshold2 : 0);
}
u64 enabled_fall(u64 control) {
  namespace i = thermal_interrupt;
  namespace s = thermal_status;
  return (control & i::low ? s::hot : 0) | (control & i::threshold1 ? s::threshold1 : 0) |
         (control & i::threshold2 ? s::threshold2 : 0);
}

}  // namespace

u64 ThermalSensor::readout() const {
  return static_cast<u64>(std::clamp(target - m_celsius, 0, 0x7F));
}

u64 ThermalSensor::conditions(u64 control) const {
  namespace s = thermal_status;
  u64 now = 0;
  if (m_celsius >= target) now |= s::hot | s::prochot;
  if (m_prochot) now |= s::prochot;
  if (m_celsius >= critical) now |= s::critical;
  if (readout() <= threshold(control, 8)) now |= s::threshold1;
  if (readout() <= threshold(control, 16)) now |= s::threshold2;
  return now;
}

/// Returns the conditions that have changed.
u64 ThermalSensor::update(u64 control) {
  const u64 before = m_conditions;
  m_conditions = conditions(control);
  m_log |= (m_conditions & ~before) << 1;
  return before ^ m_conditions;
}

bool ThermalSensor::set_temperature(int celsius, u64 control) {
  m_celsius = celsius;
  const u64 changed = update(control);
  return (changed & m_conditions & enabled_rise(control)) ||
         (changed & ~m_conditions & enabled_fall(control));
}

bool ThermalSensor::set_prochot(bool asserted, u64 control) {
  m_prochot = asserted;
  const u64 changed = update(control);
  return changed & m_conditions & enabled_rise(control);
}

u64 ThermalSensor::status() const {
  namespace s = thermal_status;
  const u64 common = m_conditions | m_log | readout() << s::readout_shift;
  if (m_domain == Domain::package) return common;
  return common | u64{1} << s::resolution_shift | s::valid;  // a resolution of one degree
}

/// The log bits are cleared by zeros; status and readout are read-only, and writing them has no
/// effect (Vol. 4 table 2-2: RO fields of a register that can be written).
bool ThermalSensor::write_status(u64 value, bool power_notification) {
  namespace s = thermal_status;
  const u64 statuses = s::hot | s::prochot | s::critical | s::threshold1 | s::threshold2 |
                       (power_notification ? s::power_limit : 0);
  const u64 core_only = u64{0xF} << s::resolution_shift | s::valid;
  const u64 known = statuses | statuses << 1 | u64{0x7F} << s::readout_shift |
                    (m_domain == Domain::core ? core_only : 0);
  if (value & ~known) return false;
  m_log &= value;
  return true;
}

}  // namespace apicsim

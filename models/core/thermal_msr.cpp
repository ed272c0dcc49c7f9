#include "models/core/cpu.h"
#include "models/core/cpuid.h"
#include "models/core/msr_access.h"

namespace apicsim::msr_access {

namespace {

constexpr u32 package_status_index = 0x1B1, package_interrupt_index = 0x1B2;

ThermalSensor& sensor(Cpu& cpu, u32 index) {
  const bool package = index == package_status_index || index == package_interrupt_index;
  return package ? cpu.package_sensor() : cpu.core_sensor();
}

u64& control(Cpu& cpu, u32 index) {
  return index == package_interrupt_index ? cpu.environment().package_thermal[cpu.package()]
                                          : cpu.msr.thermal_interrupt;
}

/// CPUID.6:EAX: power limit notification (4), extended clock modulation (5).
u32 thermal_leaf(const Cpu& cpu) { return cpuid_of_model(cpu.environment().model, 6, 0).eax; }

}  // namespace

u64 read_thermal_status(Cpu& cpu, const MsrSpec&, u32 index, Cycle) {
  return sensor(cpu, index).status();
}

bool write_thermal_status(Cpu& cpu, const MsrSpec&, u32 index, u64 value, Cycle) {
  return sensor(cpu, index).write_status(value, bit(thermal_leaf(cpu), 4));
}

u64 read_thermal_interrupt(Cpu& cpu, const MsrSpec&, u32 index, Cycle) {
  return control(cpu, index);
}

/// FORCEPR# is a pin that only cores have a bit for (Vol. 4 table 2-2).
bool write_thermal_interrupt(Cpu& cpu, const MsrSpec&, u32 index, u64 value, Cycle) {
  namespace i = thermal_interrupt;
  const bool core = index != package_interrupt_index;
  const u64 known = i::high | i::low | i::prochot | i::critical | i::threshold1 | i::threshold2 |
                    i::threshold_values | (core ? i::forcepr : 0) |
                    (bit(thermal_leaf(cpu), 4) ? i::power_limit : 0);
  if (value & ~known) return false;
  control(cpu, index) = value;
  sensor(cpu, index).thresholds_changed(value);
  return true;
}

u64 read_temperature_target(Cpu&, const MsrSpec&, u32, Cycle) {
  return u64{ThermalSensor::target} << 16;
}

/// Duty in eighths, or in sixteenths with bit 0 where CPUID.6:EAX[5] says so (§14.7.3.1). Zero is
/// reserved: the clock runs on. What the other thread of the core asks for is not looked at.
bool write_clock_modulation(Cpu& cpu, const MsrSpec& spec, u32 index, u64 value, Cycle now) {
  constexpr u64 enable = 1u << 4;
  if ((value & 1) && !bit(thermal_leaf(cpu), 5)) return false;
  cpu.set_duty(value & enable ? static_cast<u32>(bits(value, 3, 0)) : 0);
  return write_kept(cpu, spec, index, value, now);
}

}  // namespace apicsim::msr_access

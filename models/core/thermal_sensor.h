#pragma once

#include "models/core/types.h"

namespace apicsim {

/// IA32_THERM_STATUS and IA32_PACKAGE_THERM_STATUS, SDM Vol. 3 §14.7.5.2, §14.8.1. Each condition
/// has a status bit, and above it a log bit that sticks until software writes it as zero.
namespace thermal_status {
inline constexpr u64 hot = 1u << 0, prochot = 1u << 2, critical = 1u << 4, threshold1 = 1u << 6,
                     threshold2 = 1u << 8, power_limit = 1u << 10;
inline constexpr u64 valid = u64{1} << 31;  ///< of a core's sensor only
inline constexpr unsigned readout_shift = 16, resolution_shift = 27;
}  // namespace thermal_status

/// IA32_THERM_INTERRUPT and its package twin, §14.7.5.3, §14.8.2.
namespace thermal_interrupt {
inline constexpr u64 high = 1u << 0, low = 1u << 1, prochot = 1u << 2, forcepr = 1u << 3,
                     critical = 1u << 4, threshold1 = 1u << 15, threshold2 = 1u << 23,
                     power_limit = 1u << 24;
inline constexpr u64 threshold_values = u64{0x7F} << 8 | u64{0x7F} << 16;
}  // namespace thermal_interrupt

/// A digital thermal sensor with its thresholds. The temperature is an input, in degrees Celsius.
class ThermalSensor {
 public:
  /// Temperature at which the thermal control circuit acts: MSR_TEMPERATURE_TARGET (Vol. 4 table
  /// 2-20, 95 degrees on the Xeon E5 family's data sheets).
  static constexpr int target = 95;
  /// Where the sensor calls the temperature critical: model specific and not published, assumed.
  static constexpr int critical = 105;
  static constexpr int ambient = 40;  ///< until told otherwise; assumed

  enum class Domain : u8 { core, package };

  explicit ThermalSensor(Domain domain = Domain::core) : m_domain(domain) {}

  /// `control` is the value of the interrupt register. True: the change asks for an interrupt.
  bool set_temperature(int celsius, u64 control);
  /// PROCHOT# is driven by somebody else (true) or no more.
  bool set_prochot(bool asserted, u64 control);
  /// The thresholds in `control` are other ones now: statuses follow, without an interrupt.
  void thresholds_changed(u64 control) { update(control); }

  u64 status() const;
  /// False: #GP(0). `power_notification`: CPUID.6:EAX[4], which bits 11:10 depend on.
  bool write_status(u64 value, bool power_notification);

 private:
  u64 conditions(u64 control) const;
  u64 update(u64 control);
  u64 readout() const;

  Domain m_domain;
  int m_celsius = ambient;
  bool m_prochot = false;
  u64 m_conditions = 0;
  u64 m_log = 0;
};

}  // namespace apicsim

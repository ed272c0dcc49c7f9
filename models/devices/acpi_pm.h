#pragma once

#include <cstdint>
#include <systemc>
#include <vector>

#include "models/devices/power_listener.h"
#include "models/fabric/interrupt_line.h"
#include "models/fabric/register_port.h"
#include "models/time/clock.h"

namespace apicsim {

/// ACPI fixed hardware: PM1a event and control registers, PM timer, GPE0 block, SMI command port.
/// Where the blocks lie is the address map's business; ICH9 boards have them at 0x600, 0x604,
/// 0x608 and 0x620.
///
/// The timer is computed from the cycle of the access: n edges of 3.579545 MHz since cycle 0,
/// modulo 2^bits. TMR_STS is set each time its top bit changes (ACPI §4.8.3.3).
class AcpiPm final : public sc_core::sc_module {
 public:
  struct Config {
    unsigned timer_bits = 24;        ///< 24 or 32 (FADT TMR_VAL_EXT)
    unsigned gpe0_length = 16;       ///< bytes: first half status (w1c), second half enable
    std::uint8_t s5_sleep_type = 0;  ///< SLP_TYP that means soft-off, the \_S5 package's value
    std::uint8_t acpi_enable = 2;    ///< SMI command that sets SCI_EN
    std::uint8_t acpi_disable = 3;   ///< SMI command that clears SCI_EN
    bool acpi_mode = false;          ///< SCI_EN at reset
  };

  SC_HAS_PROCESS(AcpiPm);

  RegisterPort<AcpiPm> event;    ///< 4 bytes
  RegisterPort<AcpiPm> control;  ///< 2 bytes
  RegisterPort<AcpiPm> timer;    ///< 4 bytes
  RegisterPort<AcpiPm> gpe0;     ///< Config::gpe0_length bytes
  RegisterPort<AcpiPm> smi;      ///< 2 bytes: command, status

  /// `sci` may be nullptr. A sleep type other than S5's is ignored and counted.
  AcpiPm(const sc_core::sc_module_name& name, const Timebase& timebase, const Config& config,
         PowerListener& power, InterruptLine* sci);

  std::uint64_t ignored_sleep_requests() const { return m_ignored_sleeps; }

 private:
  std::uint64_t read_event(std::uint64_t offset, unsigned size, Cycle now);
  std::uint64_t peek_event(std::uint64_t offset, unsigned size, Cycle now) const;
  void write_event(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now);
  std::uint64_t read_control(std::uint64_t offset, unsigned size, Cycle now);
  std::uint64_t peek_control(std::uint64_t offset, unsigned size, Cycle now) const;
  void write_control(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now);
  std::uint64_t read_timer(std::uint64_t offset, unsigned size, Cycle now);
  std::uint64_t peek_timer(std::uint64_t offset, unsigned size, Cycle now) const;
  void write_timer(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now);
  std::uint64_t read_gpe0(std::uint64_t offset, unsigned size, Cycle now);
  std::uint64_t peek_gpe0(std::uint64_t offset, unsigned size, Cycle now) const;
  void write_gpe0(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now);
  std::uint64_t read_smi(std::uint64_t offset, unsigned size, Cycle now);
  std::uint64_t peek_smi(std::uint64_t offset, unsigned size, Cycle now) const;
  void write_smi(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now);

  std::uint64_t half_periods(Cycle now) const;
  std::uint16_t status(Cycle now) const;
  void timer_turned_over();
  void update(Cycle now);

  const Timebase& m_timebase;
  Config m_config;
  Clock m_clock;
  PowerListener& m_power;
  InterruptLine* m_sci;
  sc_core::sc_event m_turn_over_event;

  std::uint16_t m_enable = 0;
  std::uint16_t m_control = 0;
  std::uint64_t m_seen_half_periods = 0;  ///< changes of the top bit that software has cleared
  std::uint16_t m_smi = 0;                ///< command and status bytes
  std::vector<std::uint8_t> m_gpe0;
  bool m_sci_active = false;
  std::uint64_t m_ignored_sleeps = 0;
};

}  // namespace apicsim

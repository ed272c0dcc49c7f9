#pragma once

#include <cstdint>

/// ACPI fixed hardware. Source: ACPI 5.0 §4.8.3; SMI command port: §5.2.9 (SMI_CMD).
namespace apicsim::acpi_pm {

inline constexpr std::uint64_t timer_hz = 3'579'545;  ///< §4.8.3.3

// PM1a event block, §4.8.3.1: 16-bit status (w1c), then 16-bit enable (rw)
inline constexpr std::uint64_t event_status = 0;
inline constexpr std::uint64_t event_enable = 2;
inline constexpr std::uint16_t timer_status = 0x0001;  ///< TMR_STS: top bit of the timer changed
inline constexpr std::uint16_t timer_enable = 0x0001;
inline constexpr std::uint16_t status_bits = 0xCD31;  ///< defined status bits, w1c
inline constexpr std::uint16_t enable_bits = 0x4721;  ///< defined enable bits

// PM1a control block, §4.8.3.2.1: 16 bits
inline constexpr std::uint16_t sci_enable = 0x0001;
inline constexpr std::uint16_t sleep_type = 0x1C00;
inline constexpr unsigned sleep_type_shift = 10;
inline constexpr std::uint16_t sleep_enable = 0x2000;  ///< wo, reads zero
inline constexpr std::uint16_t control_bits = 0x1C03;

}  // namespace apicsim::acpi_pm

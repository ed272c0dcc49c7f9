#pragma once

#include <cstdint>

/// Real-time clock with CMOS RAM. Source: Motorola MC146818 data sheet (ADI-856-R2); century byte
/// and ports: ICH9 data sheet (316972) §13.6, ACPI §5.2.9 (CENTURY).
namespace apicsim::rtc {

// Ports from 0x70
inline constexpr std::uint64_t index = 0;  ///< bit 7: NMI mask, not part of the index
inline constexpr std::uint64_t data = 1;
inline constexpr std::uint8_t nmi_disable = 0x80;  ///< in the index port, ICH9 §13.7.2

inline constexpr unsigned ram_size = 128;

// Bytes
inline constexpr unsigned seconds = 0x00;
inline constexpr unsigned seconds_alarm = 0x01;
inline constexpr unsigned minutes = 0x02;
inline constexpr unsigned minutes_alarm = 0x03;
inline constexpr unsigned hours = 0x04;
inline constexpr unsigned hours_alarm = 0x05;
inline constexpr unsigned day_of_week = 0x06;  ///< 1 Sunday .. 7
inline constexpr unsigned day_of_month = 0x07;
inline constexpr unsigned month = 0x08;
inline constexpr unsigned year = 0x09;  ///< 0..99
inline constexpr unsigned register_a = 0x0A;
inline constexpr unsigned register_b = 0x0B;
inline constexpr unsigned register_c = 0x0C;
inline constexpr unsigned register_d = 0x0D;
inline constexpr unsigned century = 0x32;

inline constexpr std::uint8_t a_update_in_progress = 0x80;
inline constexpr std::uint8_t a_rate = 0x0F;
inline constexpr std::uint8_t a_divider = 0x70;
inline constexpr std::uint8_t a_divider_32khz = 0x20;  ///< the crystal that the board has
inline constexpr std::uint8_t a_reset = 0x26;          ///< 32.768 kHz, 1024 Hz

inline constexpr std::uint8_t b_set = 0x80;
inline constexpr std::uint8_t b_periodic = 0x40;
inline constexpr std::uint8_t b_alarm = 0x20;
inline constexpr std::uint8_t b_update = 0x10;
inline constexpr std::uint8_t b_binary = 0x04;
inline constexpr std::uint8_t b_24_hours = 0x02;

inline constexpr std::uint8_t c_request = 0x80;
inline constexpr std::uint8_t d_valid = 0x80;

inline constexpr std::uint8_t alarm_dont_care = 0xC0;  ///< both bits set: any value matches
inline constexpr std::uint8_t pm = 0x80;               ///< 12-hour mode

/// UIP rises this long before the update (t_BUC, 244 µs = 8 periods of 32.768 kHz).
inline constexpr std::uint64_t crystal_hz = 32'768;
inline constexpr std::uint64_t update_lead = 8;

}  // namespace apicsim::rtc

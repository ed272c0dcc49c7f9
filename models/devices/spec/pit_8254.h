#pragma once

#include <cstdint>

/// Programmable interval timer. Source: Intel 8254 data sheet (231164-005); port 0x61 ("NMI status
/// and control"): ICH9 data sheet (316972) §13.7.1.
namespace apicsim::pit {

inline constexpr std::uint64_t hz = 1'193'182;  ///< 14.31818 MHz / 12, rounded to whole hertz

// Offsets from 0x40
inline constexpr std::uint64_t control_word = 3;  ///< wo; counters 0..2 at 0..2
inline constexpr unsigned counter_count = 3;

// Control word, Figure 7
inline constexpr unsigned select_shift = 6;
inline constexpr unsigned read_back = 3;  ///< counter select
inline constexpr unsigned access_shift = 4;
inline constexpr std::uint8_t mode_bits = 0x0E;
inline constexpr std::uint8_t bcd = 0x01;
enum class Access : std::uint8_t { latch = 0, low = 1, high = 2, low_then_high = 3 };

// Read-back command, Figure 10; 0 means "do it"
inline constexpr std::uint8_t no_count = 0x20;
inline constexpr std::uint8_t no_status = 0x10;

// Status byte, Figure 11
inline constexpr std::uint8_t status_output = 0x80;
inline constexpr std::uint8_t status_null_count = 0x40;

// Port 0x61
inline constexpr std::uint8_t gate_2 = 0x01;   ///< rw
inline constexpr std::uint8_t speaker = 0x02;  ///< rw
inline constexpr std::uint8_t port_61_writable = 0x0F;
inline constexpr std::uint8_t refresh_toggle = 0x10;  ///< ro
inline constexpr std::uint8_t output_2 = 0x20;        ///< ro
/// The refresh bit toggles with each refresh request, every 15 µs: 18 counter clocks.
inline constexpr std::uint64_t refresh_ticks = 18;

}  // namespace apicsim::pit

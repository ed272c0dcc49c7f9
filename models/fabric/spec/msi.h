#pragma once

#include <cstdint>

/// The write that carries an interrupt, SDM Vol. 3 §11.11. All numbers are of the compatibility
/// format; the remappable format (VT-d §5.1.2.2) has address bit 4 set.
namespace apicsim::msi {

inline constexpr std::uint64_t window_base = 0xFEE00000;
inline constexpr std::uint64_t window_size = 0x00100000;

// Message address, §11.11.1.
inline constexpr unsigned destination_shift = 12;  ///< 8 bits
inline constexpr std::uint64_t redirection_hint = 1u << 3;
inline constexpr std::uint64_t logical = 1u << 2;

// Message data, §11.11.2.
inline constexpr std::uint32_t vector = 0xFF;
inline constexpr unsigned delivery_mode_shift = 8;  ///< 3 bits
inline constexpr std::uint32_t assert_level = 1u << 14;
inline constexpr std::uint32_t level_triggered = 1u << 15;

inline constexpr unsigned size = 4;  ///< bytes; writes of other lengths are no interrupts

}  // namespace apicsim::msi

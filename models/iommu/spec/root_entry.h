#pragma once

#include <cstdint>

/// Root entries: VT-d 3.0 §9.1 (legacy mode) and §9.2 (scalable mode). One entry of 16 bytes per
/// bus.
namespace apicsim::vtd::root_entry {

inline constexpr std::uint64_t size = 16;
inline constexpr std::uint64_t table_entries = 256;

/// Of each half that is in use: the lower one in legacy mode; in scalable mode the lower one for
/// devices 0 to 15, the upper one for devices 16 to 31.
inline constexpr std::uint64_t present = 1u << 0;  ///< P; LP, UP
/// Address bits above the host width are reserved, too.
inline constexpr std::uint64_t pointer = ~std::uint64_t{0xFFF};  ///< CTP; LCTP, UCTP
inline constexpr std::uint64_t reserved = 0xFFE;

/// Upper half in legacy mode.
inline constexpr std::uint64_t reserved_high = ~std::uint64_t{0};

/// Of a device and function number: its entry is in the upper table of scalable mode.
inline constexpr unsigned upper_half = 0x80;

}  // namespace apicsim::vtd::root_entry

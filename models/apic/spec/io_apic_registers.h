#pragma once

#include <cstdint>

/// 82093AA datasheet §3 and the I/O APIC chapter of the ICH and PCH manuals.
namespace apicsim::ioapic {

/// Windows in the memory page (82093AA §3.1).
namespace window {
inline constexpr std::uint64_t select = 0x00;  ///< IOREGSEL, index of the register in bits 7:0
inline constexpr std::uint64_t data = 0x10;    ///< IOWIN, 32 bits
inline constexpr std::uint64_t eoi = 0x40;     ///< EOI register, version 0x20 and later; vector
}  // namespace window

/// Indices (82093AA §3.2).
namespace index {
inline constexpr std::uint32_t id = 0x00;           ///< rw 27:24
inline constexpr std::uint32_t version = 0x01;      ///< ro: version 7:0, last entry 23:16
inline constexpr std::uint32_t arbitration = 0x02;  ///< ro: 27:24 follow the id
inline constexpr std::uint32_t redirection = 0x10;  ///< two per pin, low half first
}  // namespace index

inline constexpr std::uint32_t id_mask = 0x0F000000;
inline constexpr unsigned id_shift = 24;
inline constexpr std::uint32_t first_version_with_eoi = 0x20;
inline constexpr unsigned max_pins = 120;  ///< indices 0x10..0xFF

/// Redirection table entry (82093AA §3.2.4).
namespace rte {
inline constexpr std::uint64_t vector = 0xFF;                        ///< rw
inline constexpr unsigned delivery_mode_shift = 8;                   ///< rw, 3 bits
inline constexpr std::uint64_t logical = std::uint64_t{1} << 11;     ///< rw
inline constexpr std::uint64_t status = std::uint64_t{1} << 12;      ///< ro
inline constexpr std::uint64_t active_low = std::uint64_t{1} << 13;  ///< rw
inline constexpr std::uint64_t remote_irr = std::uint64_t{1} << 14;  ///< ro
inline constexpr std::uint64_t level = std::uint64_t{1} << 15;       ///< rw
inline constexpr std::uint64_t mask = std::uint64_t{1} << 16;        ///< rw
/// 63:56 destination, 55:48 extended destination (ICH); in remappable format 63:49 are the
/// interrupt index and 48 is set (VT-d §5.1.5.1).
inline constexpr unsigned destination_shift = 48;

inline constexpr std::uint64_t writable = 0xFFFF'0000'0001'AFFF;
inline constexpr std::uint64_t reset = mask;
}  // namespace rte

}  // namespace apicsim::ioapic

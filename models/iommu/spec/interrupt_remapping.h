#pragma once

#include <cstdint>

/// Interrupt requests and the table that remaps them: VT-d 3.0 §5.1 and §9.10.
namespace apicsim::vtd {

/// Remappable request, address (§5.1.2.2, table 5).
namespace request {
inline constexpr std::uint64_t remappable = 1u << 4;
inline constexpr std::uint64_t subhandle_valid = 1u << 3;
inline constexpr unsigned handle_shift = 5;  ///< 15 bits; bit 15 of the handle is address bit 2
inline constexpr std::uint64_t handle_low_mask = 0x7FFF;
inline constexpr std::uint64_t handle_high = 1u << 2;
/// Data (table 6): with a valid subhandle, bits 15:0 are added to the handle and the others are
/// reserved.
inline constexpr std::uint32_t subhandle_mask = 0xFFFF;
inline constexpr std::uint32_t data_reserved = 0xFFFF0000;
}  // namespace request

/// Entry of the table, lower half (§9.10).
namespace irte {
inline constexpr std::uint64_t present = 1u << 0;
inline constexpr std::uint64_t fault_disable = 1u << 1;
inline constexpr std::uint64_t logical = 1u << 2;
inline constexpr std::uint64_t redirection_hint = 1u << 3;
inline constexpr std::uint64_t level = 1u << 4;
inline constexpr unsigned delivery_shift = 5;  ///< 3 bits
inline constexpr std::uint64_t posted = 1u << 15;
inline constexpr unsigned vector_shift = 16;        ///< 8 bits
inline constexpr unsigned destination_shift = 32;   ///< 32 bits with extended ids
inline constexpr unsigned destination8_shift = 40;  ///< 8 bits without
inline constexpr std::uint64_t reserved = 0xFF007000;
/// Destination bits that are reserved without extended ids.
inline constexpr std::uint64_t destination_reserved = 0xFFFF00FF00000000;
// Upper half.
inline constexpr std::uint64_t source_mask = 0xFFFF;
inline constexpr unsigned qualifier_shift = 16;   ///< SQ, 2 bits
inline constexpr unsigned validation_shift = 18;  ///< SVT, 2 bits
inline constexpr std::uint64_t reserved_high = ~std::uint64_t{0xFFFFF};

// Of an entry with `posted` set (§9.11), where the unit has posted interrupts.
inline constexpr std::uint64_t urgent = 1u << 14;
inline constexpr std::uint64_t posted_reserved = 0x3FFF0030FC;
inline constexpr std::uint64_t posted_reserved_high = 0xFFF00000;
inline constexpr std::uint64_t descriptor_low = 0xFFFFFFC000000000;  ///< address bits 31:6
inline constexpr std::uint64_t descriptor_high =
    0xFFFFFFFF00000000;  ///< address bits 63:32, upper half

/// SVT: how the source-id is verified.
inline constexpr unsigned verify_nothing = 0;
inline constexpr unsigned verify_source = 1;
inline constexpr unsigned verify_bus = 2;

inline constexpr std::uint64_t size = 16;  ///< bytes
}  // namespace irte

/// Posted-interrupt descriptor (§9.12): 256 request bits, then a quadword of these.
namespace posted_descriptor {
inline constexpr unsigned size = 64;                   ///< bytes
inline constexpr unsigned control = 4;                 ///< index of the quadword
inline constexpr std::uint64_t outstanding = 1u << 0;  ///< ON
inline constexpr std::uint64_t suppress = 1u << 1;     ///< SN
inline constexpr unsigned vector_shift = 16;           ///< NV, 8 bits
inline constexpr unsigned destination_shift = 32;      ///< NDST, 32 bits with extended ids
inline constexpr unsigned destination8_shift = 40;     ///< 8 bits without
inline constexpr std::uint64_t reserved = 0xFF00FFFC;
}  // namespace posted_descriptor

/// IRTA_REG (§10.4.29).
namespace table_pointer {
inline constexpr std::uint64_t extended = 1u << 11;  ///< EIME: 32-bit APIC ids
inline constexpr std::uint64_t size_mask = 0xF;      ///< 2^(S + 1) entries
}  // namespace table_pointer

/// Fault reasons of interrupt requests (§7.2, table 17).
enum class InterruptFault : std::uint8_t {
  reserved_in_request = 0x20,
  index_beyond_table = 0x21,
  entry_not_present = 0x22,
  table_not_readable = 0x23,
  reserved_in_entry = 0x24,
  compatibility_blocked = 0x25,
  source_rejected = 0x26,
  descriptor_not_readable = 0x27,  ///< of a posted interrupt
  reserved_in_descriptor = 0x28,
};

}  // namespace apicsim::vtd

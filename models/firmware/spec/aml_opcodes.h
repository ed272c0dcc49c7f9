#pragma once

#include <cstdint>

/// ACPI machine language encodings, ACPI §20.3 table 20-440, and resource descriptors, ACPI §6.4.
namespace apicsim::aml_opcode {

inline constexpr std::uint8_t zero = 0x00;
inline constexpr std::uint8_t one = 0x01;
inline constexpr std::uint8_t name = 0x08;
inline constexpr std::uint8_t byte_prefix = 0x0A;
inline constexpr std::uint8_t word_prefix = 0x0B;
inline constexpr std::uint8_t dword_prefix = 0x0C;
inline constexpr std::uint8_t string_prefix = 0x0D;
inline constexpr std::uint8_t scope = 0x10;
inline constexpr std::uint8_t buffer = 0x11;
inline constexpr std::uint8_t package = 0x12;
inline constexpr std::uint8_t extended_prefix = 0x5B;
inline constexpr std::uint8_t device = 0x82;     ///< after extended_prefix
inline constexpr std::uint8_t processor = 0x83;  ///< after extended_prefix
inline constexpr std::uint8_t root_char = 0x5C;

/// Small resource descriptors with their length in the low three bits.
inline constexpr std::uint8_t resource_irq = 0x23;  ///< §6.4.2.1, with flags
inline constexpr std::uint8_t resource_io = 0x47;   ///< §6.4.2.5
inline constexpr std::uint8_t resource_end = 0x79;  ///< §6.4.2.9
/// Large resource descriptors.
inline constexpr std::uint8_t resource_memory32_fixed = 0x86;  ///< §6.4.3.4
inline constexpr std::uint8_t resource_dword = 0x87;           ///< §6.4.3.5.2
inline constexpr std::uint8_t resource_word = 0x88;            ///< §6.4.3.5.3

/// Address space descriptors, §6.4.3.5: type and general flags.
inline constexpr std::uint8_t space_memory = 0;
inline constexpr std::uint8_t space_io = 1;
inline constexpr std::uint8_t space_bus = 2;
inline constexpr std::uint8_t min_and_max_fixed = 0x0C;

}  // namespace apicsim::aml_opcode

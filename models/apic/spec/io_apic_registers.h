#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "models/fabric/spec/register_table.h"
#include "models/fabric/spec/register_word.h"

/// 82093AA data sheet (290566-001) §3; version 0x20: ICH9 data sheet (316972) §13.5.
namespace apicsim::ioapic {

/// Windows in the memory page (82093AA §3.1).
namespace window {
inline constexpr std::uint64_t select = 0x00;  ///< IOREGSEL, index of the register in bits 7:0
inline constexpr std::uint64_t data = 0x10;    ///< IOWIN, 32 bits
inline constexpr std::uint64_t eoi = 0x40;     ///< EOI register, version 0x20 and later; vector
}  // namespace window

/// Indices (82093AA §3.2).
namespace index {
inline constexpr std::uint32_t id = 0x00;
inline constexpr std::uint32_t version = 0x01;
inline constexpr std::uint32_t arbitration = 0x02;
inline constexpr std::uint32_t redirection = 0x10;  ///< two per pin, low half first
}  // namespace index

inline constexpr unsigned id_shift = 24;
inline constexpr unsigned last_entry_shift = 16;  ///< of the version register
inline constexpr std::uint32_t first_version_with_eoi = 0x20;
inline constexpr unsigned max_pins = 120;  ///< indices 0x10..0xFF

/// Redirection table entry (82093AA §3.2.4).
namespace rte {
inline constexpr std::uint64_t vector = 0xFF;
inline constexpr unsigned delivery_mode_shift = 8;  ///< 3 bits
inline constexpr std::uint64_t logical = std::uint64_t{1} << 11;
inline constexpr std::uint64_t status = std::uint64_t{1} << 12;
inline constexpr std::uint64_t active_low = std::uint64_t{1} << 13;
inline constexpr std::uint64_t remote_irr = std::uint64_t{1} << 14;
inline constexpr std::uint64_t level = std::uint64_t{1} << 15;
inline constexpr std::uint64_t mask = std::uint64_t{1} << 16;
/// 63:56 destination, 55:48 extended destination (ICH); in remappable format 63:49 are the
/// interrupt index and 48 is set (VT-d §5.1.5.1).
inline constexpr unsigned destination_shift = 48;
inline constexpr std::uint64_t reset = mask;
}  // namespace rte

/// The two kinds of chips, columns of the table: without and with EOI register.
enum class Generation : std::uint8_t { i82093aa, with_eoi };
inline constexpr std::size_t generation_count = 2;

constexpr Generation generation_of(std::uint32_t version) {
  return version >= first_version_with_eoi ? Generation::with_eoi : Generation::i82093aa;
}

/// Some bits of a register and their word in each generation. Bits without a field are reserved:
/// they read zero, writes to them are dropped.
struct FieldSpec {
  std::uint8_t lsb;
  std::uint8_t width;
  const char* name;
  std::array<spec::Word, generation_count> words;
};

struct RegisterSpec {
  const char* name;
  const char* place;  ///< offset in the page or index
  const char* reset;
  const char* section;
  std::uint8_t width;  ///< in bits
  bool needs_eoi;      ///< exists from version 0x20 on
  const FieldSpec* fields;
  std::size_t field_count;
};

inline constexpr std::size_t register_count = 7;
const std::array<RegisterSpec, register_count>& registers();

/// Bits of the ID register and of a redirection entry that a write changes.
std::uint32_t writable_id(Generation generation);
std::uint64_t writable_entry(Generation generation);

/// The declarations as a document.
spec::RegisterTable register_table();

}  // namespace apicsim::ioapic

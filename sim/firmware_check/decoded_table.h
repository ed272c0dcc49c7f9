#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/firmware/acpi_description.h"

namespace apicsim {

/// How a field is shown. `path` is one step of a device scope, device and function.
enum class FieldForm : std::uint8_t { number, text, bytes, path, address };

/// One field of a table as it stands there.
struct DecodedField {
  std::string key;         ///< snake_case; the name in JSON
  std::size_t offset = 0;  ///< in bytes from the start of the table
  std::size_t size = 0;    ///< in bytes
  FieldForm form = FieldForm::number;
  std::uint64_t value = 0;  ///< of a number; of a path step device | function << 8
  Bytes bytes;              ///< as they stand in the table
  std::string meaning;      ///< what the value says, or empty
};

/// A structure of a table with the fields that lie within it.
struct DecodedStructure {
  std::string name;     ///< "DRHD"
  std::string title;    ///< "remapping hardware unit"
  std::string section;  ///< of the specification
  std::size_t offset = 0;
  std::size_t length = 0;  ///< bytes that are there; what the length field says is a field
  bool known = true;       ///< the type has a description here
  std::vector<DecodedField> fields;
  std::vector<DecodedStructure> parts;
  std::string damage;  ///< why some of it could not be decoded; empty when all could

  const DecodedField* find(std::string_view key) const;
  /// 0 when the structure ends before the field.
  std::uint64_t number(std::string_view key) const;
  /// Offset of the field; that of the structure when it ends before.
  std::size_t place_of(std::string_view key) const;
  /// Characters of a text field up to its padding; what is not printable becomes '.'.
  std::string text(std::string_view key) const;
};

/// A table of firmware.
struct DecodedTable {
  std::string signature;      ///< four characters, "RSD PTR ", "_SM_" or "_SM3_"
  std::string source;         ///< file it comes from
  std::uint64_t address = 0;  ///< physical, where a dump says it; else 0
  Bytes bytes;
  DecodedStructure root;  ///< header and body; `parts` are the table's structures
};

/// Printable characters of `bytes` up to trailing zeros and blanks; '.' for all others.
std::string printable_text(const Bytes& bytes);

}  // namespace apicsim

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "sim/firmware_check/decoded_table.h"

/// Tables as data: what stands at which offset. One engine decodes them all.
namespace apicsim {

using Meaning = std::string (*)(std::uint64_t value);

/// One field, at `offset` from the start of its structure. A size of 0 reaches to the end. A field
/// of the form `address` is a generic address structure of 12 bytes (ACPI §5.2.3.2) and becomes
/// five fields.
struct FieldLayout {
  const char* key;
  std::size_t offset;
  std::size_t size;
  FieldForm form = FieldForm::number;
  Meaning meaning = nullptr;
};

struct FieldList {
  const FieldLayout* first = nullptr;
  std::size_t count = 0;

  constexpr FieldList() = default;
  constexpr FieldList(const FieldLayout* fields, std::size_t size) : first(fields), count(size) {}
  template <std::size_t N>
  constexpr FieldList(const FieldLayout (&fields)[N])  // NOLINT: lists stand for themselves
      : first(fields), count(N) {}
};

/// A structure that a type number announces. `fixed`: bytes that it has at least.
struct StructureLayout {
  std::uint32_t type;
  const char* name;
  const char* title;
  const char* section;
  std::size_t fixed;
  FieldList fields;
};

struct StructureList {
  const StructureLayout* first = nullptr;
  std::size_t count = 0;

  constexpr StructureList() = default;
  template <std::size_t N>
  constexpr StructureList(const StructureLayout (&list)[N])  // NOLINT: as above
      : first(list), count(N) {}
  /// nullptr when no structure has this type.
  const StructureLayout* find(std::uint32_t type) const;
};

/// What follows a table's fixed fields: structures that begin with type and length of `type_size`
/// bytes each, or rows that are all alike.
struct TableTail {
  std::size_t at = 0;  ///< offset of the first; 0: nothing follows
  std::size_t type_size = 0;
  StructureList structures = {};
  std::size_t row_size = 0;
  FieldList row = {};
  const char* row_name = "";
};

/// A table. One `without_header` begins with its own fields instead of the 36 bytes of ACPI §5.2.6.
struct TableLayout {
  const char* signature;
  const char* title;
  const char* section;
  FieldList fields;
  TableTail tail = {};
  bool without_header = false;
};

/// Decodes the fields that lie within `out`, whose offset and length are set, and appends them.
/// Bytes of the structure that no field covers are not shown. Returns false when a field lies
/// beyond its end.
bool decode_fields(const Bytes& table, const FieldList& fields, DecodedStructure& out);

}  // namespace apicsim

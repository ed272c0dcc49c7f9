#include "sim/firmware_check/layout.h"

#include <algorithm>

namespace apicsim {

namespace {

std::string space_name(std::uint64_t value) {
  static const char* const names[] = {"memory", "I/O", "PCI configuration"};
  return value < 3 ? names[value] : value == 0x7F ? "fixed hardware" : "other";
}

// ACPI §5.2.3.2.
constexpr FieldLayout kAddressFields[] = {{"_space", 0, 1, FieldForm::number, space_name},
                                          {"_bit_width", 1, 1},
                                          {"_bit_offset", 2, 1},
                                          {"_access_size", 3, 1},
                                          {"_address", 4, 8}};
constexpr std::size_t kWidestNumber = 8;

std::uint64_t little_endian(const Bytes& bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = std::min(bytes.size(), kWidestNumber); i-- > 0;)
    value = value << 8 | bytes[i];
  return value;
}

bool decode_field(const Bytes& table, const FieldLayout& layout, const std::string& prefix,
                  std::size_t base, DecodedStructure& out) {
  const std::size_t end = out.offset + out.length;
  const std::size_t at = base + layout.offset;
  const std::size_t size = layout.size != 0 ? layout.size : end > at ? end - at : 0;
  if (at > end || size > end - at) return false;
  if (size == 0) return true;
  DecodedField field;
  field.key = prefix + layout.key;
  field.offset = at;
  field.size = size;
  field.form = layout.form;
  const auto first = table.begin() + static_cast<std::ptrdiff_t>(at);
  field.bytes.assign(first, first + static_cast<std::ptrdiff_t>(size));
  field.value = little_endian(field.bytes);
  if (layout.meaning != nullptr) field.meaning = layout.meaning(field.value);
  out.fields.push_back(std::move(field));
  return true;
}

}  // namespace

const StructureLayout* StructureList::find(std::uint32_t type) const {
  const auto* found = std::find_if(first, first + count,
                                   [&](const StructureLayout& one) { return one.type == type; });
  return found == first + count ? nullptr : found;
}

bool decode_fields(const Bytes& table, const FieldList& fields, DecodedStructure& out) {
  bool whole = true;
  for (std::size_t i = 0; i < fields.count; ++i) {
    const FieldLayout& field = fields.first[i];
    if (field.form != FieldForm::address) {
      whole = decode_field(table, field, "", out.offset, out) && whole;
      continue;
    }
    for (const FieldLayout& part : kAddressFields)
      whole = decode_field(table, part, field.key, out.offset + field.offset, out) && whole;
  }
  return whole;
}

}  // namespace apicsim

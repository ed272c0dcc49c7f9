#include "guest/acpi/aml.h"

#include "guest/acpi/acpi.h"
#include "guest/lib/string.h"

namespace {

// Encodings (§20.2).
constexpr u8 kNameOp = 0x08, kPackageOp = 0x12, kBytePrefix = 0x0a, kWordPrefix = 0x0b;
constexpr u8 kDwordPrefix = 0x0c, kZeroOp = 0x00, kOneOp = 0x01;
constexpr size_t kSegment = 4;

// Whether NameOp stands before the segment; `\NAME` is the same name.
bool is_named(const u8* code, size_t at) {
  return (at >= 1 && code[at - 1] == kNameOp) ||
         (at >= 2 && code[at - 2] == kNameOp && code[at - 1] == '\\');
}

bool contains(const u8* buses, int count, u32 bus) {
  for (int i = 0; i < count; ++i) {
    if (buses[i] == bus) return true;
  }
  return false;
}

}  // namespace

AmlCursor aml_start() {
  const AcpiHeader* dsdt = acpi_dsdt();
  if (dsdt == nullptr) return {nullptr, 0, 0};
  return {reinterpret_cast<const u8*>(dsdt), dsdt->length, sizeof(AcpiHeader)};
}

bool aml_next_name(AmlCursor* cursor, const char* segment) {
  for (size_t at = cursor->at; at + kSegment < cursor->size; ++at) {
    if (memcmp(cursor->code + at, segment, kSegment) != 0 || !is_named(cursor->code, at)) continue;
    cursor->at = at + kSegment;
    return true;
  }
  cursor->at = cursor->size;
  return false;
}

bool aml_read_constant(AmlCursor* cursor, u32* value) {
  if (cursor->at >= cursor->size) return false;
  const u8* from = cursor->code + cursor->at;
  const u8 op = *from;
  if (op == kZeroOp || op == kOneOp) {
    *value = op;
    ++cursor->at;
    return true;
  }
  const size_t bytes = op == kBytePrefix ? 1 : op == kWordPrefix ? 2 : op == kDwordPrefix ? 4 : 0;
  if (bytes == 0 || cursor->size - cursor->at <= bytes) return false;
  *value = 0;
  for (size_t i = 0; i < bytes; ++i) *value |= static_cast<u32>(from[1 + i]) << (8 * i);
  cursor->at += 1 + bytes;
  return true;
}

bool aml_enter_package(AmlCursor* cursor) {
  // The top two bits of the package length count the bytes that follow (§20.2.4); then comes the
  // number of elements.
  const size_t at = cursor->at;
  if (at >= cursor->size || cursor->size - at < 3 || cursor->code[at] != kPackageOp) return false;
  cursor->at = at + 1 + 1 + (cursor->code[at + 1] >> 6) + 1;
  return true;
}

int acpi_root_buses(u8* buses, int limit) {
  int count = 0;
  AmlCursor cursor = aml_start();
  u32 bus;
  while (count < limit && aml_next_name(&cursor, "_BBN")) {
    if (aml_read_constant(&cursor, &bus) && bus <= 0xff && !contains(buses, count, bus))
      buses[count++] = static_cast<u8>(bus);
  }
  if (count == 0 && limit > 0) buses[count++] = 0;
  return count;
}

#include "sim/firmware_check/smbios_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/firmware_check/layout.h"

namespace apicsim {

namespace {

constexpr FieldForm kText = FieldForm::text;

// DSP0134 §5.2.1.
constexpr FieldLayout kEntry32[] = {{"anchor", 0, 4, kText},
                                    {"checksum", 4, 1},
                                    {"length", 5, 1},
                                    {"major", 6, 1},
                                    {"minor", 7, 1},
                                    {"largest_structure", 8, 2},
                                    {"revision", 10, 1},
                                    {"intermediate_anchor", 16, 5, kText},
                                    {"intermediate_checksum", 21, 1},
                                    {"table_length", 22, 2},
                                    {"table_address", 24, 4},
                                    {"structures", 28, 2},
                                    {"bcd_revision", 30, 1}};
// DSP0134 §5.2.2.
constexpr FieldLayout kEntry64[] = {
    {"anchor", 0, 5, kText}, {"checksum", 5, 1},      {"length", 6, 1},
    {"major", 7, 1},         {"minor", 8, 1},         {"document_revision", 9, 1},
    {"revision", 10, 1},     {"table_length", 12, 4}, {"table_address", 16, 8}};
// DSP0134 §6.1.2.
constexpr FieldLayout kStructure[] = {{"type", 0, 1}, {"length", 1, 1}, {"handle", 2, 2}};
constexpr std::size_t kSmallest = 4;

/// Strings of the structures that say whose firmware and whose machine it is: DSP0134 §7.1, §7.2,
/// §7.3. `at` is where the number of the string stands.
struct StringLayout {
  std::uint8_t type;
  const char* name;
  const char* key;
  std::size_t at;
};
constexpr StringLayout kStrings[] = {
    {0, "BIOS", "vendor", 4},         {0, "BIOS", "version", 5},   {0, "BIOS", "date", 8},
    {1, "system", "manufacturer", 4}, {1, "system", "product", 5}, {1, "system", "version", 6},
    {2, "board", "manufacturer", 4},  {2, "board", "product", 5},  {2, "board", "version", 6}};

/// Behind the formatted area stand strings, each with its zero; another zero ends the structure.
std::size_t end_of_structure(const Bytes& bytes, std::size_t strings) {
  for (std::size_t at = strings; at + 1 < bytes.size(); ++at)
    if (bytes[at] == 0 && bytes[at + 1] == 0) return at + 2;
  return bytes.size();
}

/// Appends string `number` (1-based) of those at `at`, if it is there.
void add_string(const Bytes& bytes, std::size_t at, std::size_t end, unsigned number,
                const char* key, DecodedStructure& out) {
  if (number == 0) return;
  for (; at < end && bytes[at] != 0; --number) {
    std::size_t stop = at;
    while (stop < end && bytes[stop] != 0) ++stop;
    if (number == 1) {
      const FieldLayout text[] = {{key, at - out.offset, stop - at, kText}};
      decode_fields(bytes, text, out);
      return;
    }
    at = stop + 1;
  }
}

void add_strings(const Bytes& bytes, DecodedStructure& out) {
  const std::size_t strings = out.offset + out.number("length");
  for (const StringLayout& text : kStrings) {
    if (text.type != out.number("type")) continue;
    out.name = text.name;
    if (out.offset + text.at >= strings) continue;
    add_string(bytes, strings, out.offset + out.length, bytes[out.offset + text.at], text.key, out);
  }
}

void decode_structures(DecodedTable& table) {
  const Bytes& bytes = table.bytes;
  DecodedStructure& root = table.root;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t left = bytes.size() - at;
    const std::size_t length = left < kSmallest ? 0 : bytes[at + 1];
    if (length < kSmallest || length > left) {
      // What lies behind the structure of type 127, the last one, is padding.
      if (root.parts.empty() || root.parts.back().number("type") != 127)
        root.damage = fmt::format("structure at {:#x} has a length of {} where {} bytes are left",
                                  at, length, left);
      return;
    }
    DecodedStructure one;
    one.offset = at;
    one.length = end_of_structure(bytes, at + length) - at;
    decode_fields(bytes, kStructure, one);
    one.name = fmt::format("type {}", one.number("type"));
    add_strings(bytes, one);
    at += one.length;
    const bool last = one.number("type") == 127;
    root.parts.push_back(std::move(one));
    if (last) return;
  }
}

}  // namespace

bool is_smbios_signature(const std::string& signature) {
  return signature == smbios_entry32 || signature == smbios_entry64 ||
         signature == smbios_structures;
}

void decode_smbios(DecodedTable& table) {
  table.root.section = "DSP0134 §5.2";
  table.root.length = table.bytes.size();
  if (table.signature == smbios_structures) {
    table.root.section = "DSP0134 §6.1";
    decode_structures(table);
    return;
  }
  const bool wide = table.signature == smbios_entry64;
  if (!decode_fields(table.bytes, wide ? FieldList(kEntry64) : FieldList(kEntry32), table.root))
    table.root.damage = "ends before its fixed fields do";
}

}  // namespace apicsim

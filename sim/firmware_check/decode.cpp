#include "sim/firmware_check/decode.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/firmware/spec/acpi_layout.h"
#include "sim/firmware_check/layout_dmar.h"
#include "sim/firmware_check/layout_fixed.h"
#include "sim/firmware_check/layout_madt.h"
#include "sim/firmware_check/smbios_table.h"

namespace apicsim {

namespace {

constexpr FieldLayout kUnknown8[] = {
    {"type", 0, 1}, {"length", 1, 1}, {"data", 2, 0, FieldForm::bytes}};
constexpr FieldLayout kUnknown16[] = {
    {"type", 0, 2}, {"length", 2, 2}, {"data", 4, 0, FieldForm::bytes}};
constexpr std::size_t kMostLocalities = 4096;

const TableLayout* find_table_layout(const std::string& signature) {
  static const TableLayout* const layouts[] = {
      &dmar_layout, &madt_layout, &fadt_layout, &hpet_layout, &mcfg_layout, &srat_layout,
      &slit_layout, &spcr_layout, &rsdt_layout, &xsdt_layout, &rsdp_layout, &facs_layout};
  for (const TableLayout* layout : layouts)
    if (signature == layout->signature) return layout;
  return nullptr;
}

/// Decodes one table.
class Decoder {
 public:
  explicit Decoder(DecodedTable& table) : m_table(table), m_bytes(table.bytes) {}

  void run(const TableLayout* layout) {
    DecodedStructure& root = m_table.root;
    root.length = m_bytes.size();
    const bool header = layout == nullptr || !layout->without_header;
    bool whole = !header || decode_fields(m_bytes, acpi_header_fields, root);
    limit_to_stated_length(root);
    if (layout == nullptr) return;
    whole = decode_fields(m_bytes, layout->fields, root) && whole;
    // Older revisions of these two are shorter: that is no damage.
    const bool grows = layout == &fadt_layout || layout == &rsdp_layout;
    if (!whole && !grows) root.damage = "ends before its fixed fields do";
    if (layout == &slit_layout) decode_matrix(root);
    if (layout->tail.row_size != 0) decode_rows(layout->tail, root);
    if (layout->tail.type_size != 0) decode_structures(layout->tail, root);
  }

 private:
  /// What lies behind the table's own length is not the table's.
  void limit_to_stated_length(DecodedStructure& root) const {
    const std::uint64_t stated = root.number("length");
    if (stated >= acpi_layout::header_size && stated < root.length)
      root.length = static_cast<std::size_t>(stated);
  }

  void decode_rows(const TableTail& tail, DecodedStructure& root) const {
    for (std::size_t at = tail.at; at < root.length; at += tail.row_size) {
      if (root.length - at < tail.row_size) {
        root.damage =
            fmt::format("{} bytes at {:#x} are no whole {}", root.length - at, at, tail.row_name);
        return;
      }
      DecodedStructure row;
      row.name = tail.row_name;
      row.offset = at;
      row.length = tail.row_size;
      decode_fields(m_bytes, tail.row, row);
      root.parts.push_back(std::move(row));
    }
  }

  void decode_structures(const TableTail& tail, DecodedStructure& root) const {
    for (std::size_t at = tail.at; at < root.length;) {
      const std::size_t left = root.length - at;
      const std::size_t length = left < 2 * tail.type_size ? 0 : word(at + tail.type_size, tail);
      if (length < 2 * tail.type_size || length > left) {
        root.damage = fmt::format("structure at {:#x} has a length of {} where {} bytes are left",
                                  at, length, left);
        return;
      }
      root.parts.push_back(decode_structure(tail, at, length));
      at += length;
    }
  }

  std::size_t word(std::size_t at, const TableTail& tail) const {
    return tail.type_size == 1 ? m_bytes[at] : m_bytes[at] | m_bytes[at + 1] << 8;
  }

  DecodedStructure decode_structure(const TableTail& tail, std::size_t at,
                                    std::size_t length) const {
    DecodedStructure structure;
    structure.offset = at;
    structure.length = length;
    const auto type = static_cast<std::uint32_t>(word(at, tail));
    const StructureLayout* layout = tail.structures.find(type);
    if (layout == nullptr) {
      structure.known = false;
      structure.name = fmt::format("type {}", type);
      decode_fields(m_bytes, tail.type_size == 1 ? FieldList(kUnknown8) : FieldList(kUnknown16),
                    structure);
      return structure;
    }
    structure.name = layout->name;
    structure.title = layout->title;
    structure.section = layout->section;
    if (!decode_fields(m_bytes, layout->fields, structure))
      structure.damage = fmt::format("has {} bytes; its fields need {}", length, layout->fixed);
    else if (tail.type_size == 2 && has_device_scopes(type))
      decode_device_scopes(m_bytes, layout->fixed, structure);
    return structure;
  }

  void decode_matrix(DecodedStructure& root) const {
    const std::uint64_t count = root.number("localities");
    const std::size_t at = 44;
    if (count > kMostLocalities || at + count * count > root.length) {
      root.damage = fmt::format("a matrix of {} localities does not fit into its {} bytes", count,
                                root.length);
      return;
    }
    const auto width = static_cast<std::size_t>(count);
    const FieldLayout row_layout[] = {{"distances", 0, width, FieldForm::bytes}};
    for (std::size_t i = 0; i < width; ++i) {
      DecodedStructure row;
      row.name = "row";
      row.offset = at + i * width;
      row.length = width;
      decode_fields(m_bytes, row_layout, row);
      root.parts.push_back(std::move(row));
    }
  }

  DecodedTable& m_table;
  const Bytes& m_bytes;
};

}  // namespace

DecodedTable decode_table(std::string signature, std::string source, std::uint64_t address,
                          Bytes bytes) {
  DecodedTable table;
  table.signature = std::move(signature);
  table.source = std::move(source);
  table.address = address;
  table.bytes = std::move(bytes);
  table.root.name = table.signature;
  table.root.title = table_title(table.signature);
  if (is_smbios_signature(table.signature)) {
    decode_smbios(table);
    return table;
  }
  const TableLayout* layout = find_table_layout(table.signature);
  if (layout != nullptr) table.root.section = layout->section;
  Decoder(table).run(layout);
  return table;
}

bool has_layout(const std::string& signature) {
  return find_table_layout(signature) != nullptr || is_smbios_signature(signature);
}

std::string table_title(const std::string& signature) {
  if (is_smbios_signature(signature)) return "system management BIOS";
  const TableLayout* layout = find_table_layout(signature);
  return layout == nullptr ? "" : layout->title;
}

}  // namespace apicsim

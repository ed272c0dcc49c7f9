#include <fmt/format.h>

#include <sstream>

#include "models/firmware/acpi_tables.h"
#include "models/firmware/spec/acpi_layout.h"
#include "sim/scenario/machine_parts.h"
#include "sim/scenario/pci_location.h"
#include "sim/scenario/table_entries.h"
#include "sim/scenario/toml_take.h"

namespace apicsim {

namespace {

enum class DmarKind { drhd, rmrr, atsr, rhsa, andd, satc, sidp, raw };

const std::vector<std::pair<std::string, DmarKind>> kKinds = {
    {"drhd", DmarKind::drhd}, {"rmrr", DmarKind::rmrr}, {"atsr", DmarKind::atsr},
    {"rhsa", DmarKind::rhsa}, {"andd", DmarKind::andd}, {"satc", DmarKind::satc},
    {"sidp", DmarKind::sidp}, {"raw", DmarKind::raw}};

/// VT-d §8.3.1: names of the scope types; those with an enumeration id say it before the path.
struct ScopeForm {
  const char* name;
  std::uint8_t type;
  bool numbered;
};
constexpr ScopeForm kScopeForms[] = {{"endpoint", 1, false},
                                     {"bridge", 2, false},
                                     {"ioapic", 3, true},
                                     {"hpet", 4, true},
                                     {"acpi", 5, true}};

constexpr const char* kAllowed =
    "allowed: 'endpoint 00:1c.7/00.0', 'bridge 00:01.0', 'ioapic 8 00:1e.1', 'hpet 0 00:1f.0', "
    "'acpi 1 00:15.0', or a table with 'type' (0..255) and 'path' ('00:1c.7/00.0')";

DmarScope parse_scope(const TomlTable& table, const std::string& text) {
  std::istringstream words(text);
  std::string kind;
  words >> kind;
  DmarScope scope;
  const ScopeForm* form = nullptr;
  for (const ScopeForm& candidate : kScopeForms) {
    if (kind == candidate.name) form = &candidate;
  }
  unsigned number = 0;
  if (form != nullptr && form->numbered) words >> number;
  std::string path_text;
  std::string rest;
  words >> path_text;
  const auto path = parse_pci_path(path_text);
  if (form == nullptr || !path || number > 0xFF || (words >> rest)) {
    table.fail("scopes", fmt::format("'{}' is no device scope; {}", text, kAllowed));
  }
  scope.type = form->type;
  scope.enumeration_id = static_cast<std::uint8_t>(number);
  scope.start_bus = path->bus;
  scope.path = path->steps;
  return scope;
}

/// A scope with all its fields; without a path it names nothing.
DmarScope read_scope(TomlTable& table) {
  DmarScope scope;
  scope.type = static_cast<std::uint8_t>(table.need_number("type", 0, 255));
  take(table, "flags", scope.flags);
  take(table, "reserved", scope.reserved);
  take(table, "id", scope.enumeration_id);
  take(table, "bus", scope.start_bus);
  const auto text = table.text("path");
  if (!text) return scope;
  const auto path = parse_pci_path(*text);
  if (!path) table.fail("path", fmt::format("'{}' is no path; allowed: '00:1c.7/00.0'", *text));
  if (table.has("bus")) table.fail("bus", "stands in 'path' already");
  scope.start_bus = path->bus;
  scope.path = path->steps;
  return scope;
}

std::vector<DmarScope> read_scopes(TomlTable& table) {
  std::vector<DmarScope> scopes;
  for (TomlTable& entry : table.named_tables("scopes", "text")) {
    const auto text = entry.text("text");
    scopes.push_back(text ? parse_scope(table, *text) : read_scope(entry));
  }
  return scopes;
}

DmarDrhd read_drhd(TomlTable& table) {
  DmarDrhd e;
  take(table, "flags", e.flags);
  take(table, "size", e.size);
  take(table, "segment", e.segment);
  e.address = table.need_number("address");
  e.scopes = read_scopes(table);
  return e;
}

DmarRmrr read_rmrr(TomlTable& table) {
  DmarRmrr e;
  take(table, "reserved", e.reserved);
  take(table, "segment", e.segment);
  e.base = table.need_number("base");
  e.limit = table.need_number("limit");
  e.scopes = read_scopes(table);
  return e;
}

/// ATSR and SATC have the same fields.
template <typename Structure>
Structure read_with_flags(TomlTable& table) {
  Structure e;
  take(table, "flags", e.flags);
  take(table, "reserved", e.reserved);
  take(table, "segment", e.segment);
  e.scopes = read_scopes(table);
  return e;
}

DmarSidp read_sidp(TomlTable& table) {
  DmarSidp e;
  take(table, "reserved", e.reserved);
  take(table, "segment", e.segment);
  e.scopes = read_scopes(table);
  return e;
}

DmarRhsa read_rhsa(TomlTable& table) {
  DmarRhsa e;
  take(table, "reserved", e.reserved);
  e.address = table.need_number("address");
  take(table, "proximity", e.proximity);
  return e;
}

DmarAndd read_andd(TomlTable& table) {
  DmarAndd e;
  if (const auto reserved = table.bytes("reserved")) e.reserved = *reserved;
  if (e.reserved.size() > 3) table.fail("reserved", "has at most 3 bytes");
  e.device = static_cast<std::uint8_t>(table.need_number("device", 0, 255));
  const std::string name = table.need_text("name");
  e.name.assign(name.begin(), name.end());
  if (table.flag("terminated").value_or(true)) e.name.push_back(0);
  return e;
}

DmarEntry read_kind(TomlTable& table, DmarKind kind) {
  switch (kind) {
    case DmarKind::rmrr:
      return read_rmrr(table);
    case DmarKind::atsr:
      return read_with_flags<DmarAtsr>(table);
    case DmarKind::satc:
      return read_with_flags<DmarSatc>(table);
    case DmarKind::sidp:
      return read_sidp(table);
    case DmarKind::raw:
      return RawEntry{table.need_bytes("body")};
    case DmarKind::rhsa:
      return read_rhsa(table);
    case DmarKind::andd:
      return read_andd(table);
    default:
      return read_drhd(table);
  }
}

/// A type by its name, or by its number with the bytes behind type and length.
DmarEntry read_entry(TomlTable& table) {
  if (table.has("type") && !table.is_text("type")) {
    const auto type = table.need_number("type", 0, 0xFFFF);
    return RawEntry{raw_structure(type, table.need_bytes("body"), 2)};
  }
  return read_kind(table, table.need_choice("type", kKinds));
}

}  // namespace

/// Addresses and ranges are not judged here: a broken table is what many scenarios are about.
DmarDescription read_dmar(TomlTable& table) {
  DmarDescription dmar;
  dmar.host_address_width =
      static_cast<std::uint8_t>(table.need_number("host_address_width", 1, 256) - 1);
  take(table, "flags", dmar.flags);
  if (const auto reserved = table.bytes("reserved")) dmar.reserved = *reserved;
  if (dmar.reserved.size() > acpi_layout::dmar_reserved)
    table.fail("reserved", fmt::format("has at most {} bytes", acpi_layout::dmar_reserved));
  for (TomlTable& entry : table.tables("entries")) {
    const DmarEntry read = read_entry(entry);
    const auto length = entry.number("length", 0, 0xFFFF);
    dmar.entries.push_back(length ? RawEntry{with_length(encode_entry(read), *length, 2)} : read);
  }
  return dmar;
}

}  // namespace apicsim

#include <fmt/format.h>

#include <sstream>

#include "sim/scenario/machine_parts.h"
#include "sim/scenario/pci_location.h"
#include "sim/scenario/toml_take.h"

namespace apicsim {

namespace {

enum class DmarKind { drhd, rmrr, atsr, rhsa, andd };

const std::vector<std::pair<std::string, DmarKind>> kKinds = {{"drhd", DmarKind::drhd},
                                                              {"rmrr", DmarKind::rmrr},
                                                              {"atsr", DmarKind::atsr},
                                                              {"rhsa", DmarKind::rhsa},
                                                              {"andd", DmarKind::andd}};

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
    "'acpi 1 00:15.0'";

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

std::vector<DmarScope> read_scopes(TomlTable& table) {
  std::vector<DmarScope> scopes;
  for (const std::string& text : table.texts("scopes")) scopes.push_back(parse_scope(table, text));
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
  take(table, "segment", e.segment);
  e.base = table.need_number("base");
  e.limit = table.need_number("limit");
  e.scopes = read_scopes(table);
  return e;
}

DmarAtsr read_atsr(TomlTable& table) {
  DmarAtsr e;
  take(table, "flags", e.flags);
  take(table, "segment", e.segment);
  e.scopes = read_scopes(table);
  return e;
}

DmarRhsa read_rhsa(TomlTable& table) {
  DmarRhsa e;
  e.address = table.need_number("address");
  take(table, "proximity", e.proximity);
  return e;
}

DmarAndd read_andd(TomlTable& table) {
  DmarAndd e;
  e.device = static_cast<std::uint8_t>(table.need_number("device", 0, 255));
  const std::string name = table.need_text("name");
  e.name.assign(name.begin(), name.end());
  e.name.push_back(0);
  return e;
}

DmarEntry read_entry(TomlTable& table) {
  switch (table.need_choice("type", kKinds)) {
    case DmarKind::rmrr:
      return read_rmrr(table);
    case DmarKind::atsr:
      return read_atsr(table);
    case DmarKind::rhsa:
      return read_rhsa(table);
    case DmarKind::andd:
      return read_andd(table);
    default:
      return read_drhd(table);
  }
}

}  // namespace

/// Addresses and ranges are not judged here: a broken table is what many scenarios are about.
DmarDescription read_dmar(TomlTable& table) {
  DmarDescription dmar;
  dmar.host_address_width =
      static_cast<std::uint8_t>(table.need_number("host_address_width", 1, 256) - 1);
  take(table, "flags", dmar.flags);
  for (TomlTable& entry : table.tables("entries")) dmar.entries.push_back(read_entry(entry));
  return dmar;
}

}  // namespace apicsim

#include "sim/firmware_check/layout_dmar.h"

#include <fmt/format.h>

#include "sim/firmware_check/meaning.h"

namespace apicsim {

namespace {

std::string width_meaning(std::uint64_t value) { return fmt::format("{} bits", value + 1); }

std::string table_flags(std::uint64_t value) {
  return flag_names(value, {"INTR_REMAP", "X2APIC_OPT_OUT", "DMA_CTRL_PLATFORM_OPT_IN"});
}
std::string unit_flags(std::uint64_t value) { return flag_names(value, {"INCLUDE_PCI_ALL"}); }
std::string port_flags(std::uint64_t value) { return flag_names(value, {"ALL_PORTS"}); }
std::string scope_flags(std::uint64_t value) { return flag_names(value, {}); }

std::string scope_type(std::uint64_t value) {
  return name_at(value, {"", "PCI endpoint", "PCI sub-hierarchy", "I/O APIC", "HPET",
                         "ACPI name-space device"});
}

std::string structure_type(std::uint64_t value) {
  return name_at(value, {"DRHD", "RMRR", "ATSR", "RHSA", "ANDD", "SATC", "SIDP"});
}

// VT-d §8.1, table 8-1.
constexpr FieldLayout kBody[] = {{"host_address_width", 36, 1, FieldForm::number, width_meaning},
                                 {"flags", 37, 1, FieldForm::number, table_flags},
                                 {"reserved", 38, 10, FieldForm::bytes}};

constexpr FieldLayout kType = {"type", 0, 2, FieldForm::number, structure_type};
constexpr FieldLayout kLength = {"length", 2, 2};

// VT-d §8.3.
constexpr FieldLayout kDrhd[] = {
    kType,          kLength,           {"flags", 4, 1, FieldForm::number, unit_flags},
    {"size", 5, 1}, {"segment", 6, 2}, {"register_base", 8, 8}};
// VT-d §8.4.
constexpr FieldLayout kRmrr[] = {
    kType, kLength, {"reserved", 4, 2}, {"segment", 6, 2}, {"base", 8, 8}, {"limit", 16, 8}};
// VT-d §8.5.
constexpr FieldLayout kAtsr[] = {kType,
                                 kLength,
                                 {"flags", 4, 1, FieldForm::number, port_flags},
                                 {"reserved", 5, 1},
                                 {"segment", 6, 2}};
// VT-d §8.6.
constexpr FieldLayout kRhsa[] = {
    kType, kLength, {"reserved", 4, 4}, {"register_base", 8, 8}, {"proximity_domain", 16, 4}};
// VT-d §8.7.
constexpr FieldLayout kAndd[] = {kType,
                                 kLength,
                                 {"reserved", 4, 3, FieldForm::bytes},
                                 {"device_number", 7, 1},
                                 {"object_name", 8, 0, FieldForm::text}};
// VT-d §8.8: SoC integrated address translation cache.
constexpr FieldLayout kSatc[] = {
    kType, kLength, {"flags", 4, 1}, {"reserved", 5, 1}, {"segment", 6, 2}};
// VT-d §8.9: SoC integrated device property.
constexpr FieldLayout kSidp[] = {kType, kLength, {"reserved", 4, 2}, {"segment", 6, 2}};

constexpr StructureLayout kStructures[] = {
    {dmar_drhd, "DRHD", "remapping hardware unit", "VT-d §8.3", 16, kDrhd},
    {dmar_rmrr, "RMRR", "reserved memory region", "VT-d §8.4", 24, kRmrr},
    {dmar_atsr, "ATSR", "root ports with ATS", "VT-d §8.5", 8, kAtsr},
    {dmar_rhsa, "RHSA", "unit's proximity domain", "VT-d §8.6", 20, kRhsa},
    {dmar_andd, "ANDD", "ACPI name-space device", "VT-d §8.7", 8, kAndd},
    {dmar_satc, "SATC", "integrated devices with ATC", "VT-d §8.8", 8, kSatc},
    {dmar_sidp, "SIDP", "integrated device property", "VT-d §8.9", 8, kSidp}};

constexpr FieldLayout kScope[] = {{"type", 0, 1, FieldForm::number, scope_type},
                                  {"length", 1, 1},
                                  {"flags", 2, 1, FieldForm::number, scope_flags},
                                  {"reserved", 3, 1},
                                  {"enumeration_id", 4, 1},
                                  {"start_bus", 5, 1}};
constexpr FieldLayout kStep[] = {{"path", 0, 2, FieldForm::path}};

std::string type_name(std::uint64_t type) {
  const std::string name = scope_type(type);
  return name.empty() ? fmt::format("scope of type {}", type) : name;
}

void decode_path(const Bytes& table, DecodedStructure& scope) {
  DecodedStructure step;
  for (std::size_t at = dmar_scope_fixed; at + 2 <= scope.length; at += 2) {
    step.offset = scope.offset + at;
    step.length = 2;
    decode_fields(table, kStep, step);
  }
  if (scope.length % 2 != 0) scope.damage = "its path ends in the middle of a step";
  scope.fields.insert(scope.fields.end(), step.fields.begin(), step.fields.end());
}

}  // namespace

const TableLayout dmar_layout = {"DMAR", "DMA remapping", "VT-d §8.1", kBody, {48, 2, kStructures}};

bool has_device_scopes(std::uint32_t type) {
  return type == dmar_drhd || type == dmar_rmrr || type == dmar_atsr || type == dmar_satc ||
         type == dmar_sidp;
}

void decode_device_scopes(const Bytes& table, std::size_t fixed, DecodedStructure& out) {
  const std::size_t end = out.offset + out.length;
  for (std::size_t at = out.offset + fixed; at < end;) {
    DecodedStructure scope;
    scope.section = "VT-d §8.3.1";
    scope.offset = at;
    const std::size_t left = end - at;
    const std::size_t length = left < 2 ? 0 : table[at + 1];
    if (length < dmar_scope_fixed || length > left) {
      out.damage = fmt::format("device scope at {:#x} has a length of {} where {} bytes are left",
                               at, length, left);
      return;
    }
    scope.length = length;
    decode_fields(table, kScope, scope);
    decode_path(table, scope);
    scope.name = type_name(scope.number("type"));
    out.parts.push_back(std::move(scope));
    at += length;
  }
}

}  // namespace apicsim

#include <algorithm>

#include "models/firmware/defect_tools.h"

/// Defects of the DMAR's device scopes, VT-d §8.3.1.
namespace apicsim::defect {

namespace {

constexpr std::uint8_t kEndpoint = 1;
constexpr std::uint8_t kBridge = 2;
constexpr std::uint8_t kIoApic = 3;
constexpr std::uint8_t kHpet = 4;
/// Bus and device of nothing on the described machines.
constexpr std::uint64_t kAbsentDevice = 0xFE << 8 | 0x1F << 3 | 7;

DefectParameter scope_parameter() {
  return number_parameter("scope", "which of its device scopes, counted from 0 (default 0)");
}

DmarDrhd& unit_of(const DefectArguments& arguments, DmarDescription& dmar) {
  return nth<DmarDrhd>(dmar.entries, arguments.number("unit", 0), "unit");
}

std::size_t scope_index(const DefectArguments& arguments, const DmarDrhd& unit) {
  const std::uint64_t index = arguments.number("scope", 0);
  check_index(index, unit.scopes.size(), "scope of that unit");
  return index;
}

DmarScope& scope_of_unit(const DefectArguments& arguments, DmarDescription& dmar) {
  DmarDrhd& unit = unit_of(arguments, dmar);
  return unit.scopes[scope_index(arguments, unit)];
}

/// Calls `visit` for each scope of units that has the type and, if given, the enumeration id; it
/// tells whether to drop the scope. Throws FirmwareError when there is none.
template <typename Visit>
void for_chosen(const DefectArguments& arguments, DmarDescription& dmar, std::uint8_t type,
                Visit visit) {
  std::size_t found = 0;
  for (DmarEntry& entry : dmar.entries) {
    auto* unit = std::get_if<DmarDrhd>(&entry);
    if (unit == nullptr) continue;
    std::vector<DmarScope> kept;
    for (DmarScope& scope : unit->scopes) {
      const bool chosen = scope.type == type &&
                          arguments.number("id", scope.enumeration_id) == scope.enumeration_id;
      found += chosen ? 1 : 0;
      if (!chosen || !visit(scope)) kept.push_back(scope);
    }
    unit->scopes = std::move(kept);
  }
  if (found == 0)
    throw FirmwareError(fmt::format("no unit has such a scope of type {} ({})", type,
                                    type == kIoApic ? "I/O APIC" : "HPET"));
}

void drop_scopes(const DefectArguments& arguments, DefectTarget& target, std::uint8_t type) {
  edit_dmar(target, [&](DmarDescription& dmar) {
    for_chosen(arguments, dmar, type, [](DmarScope&) { return true; });
  });
}

void io_apic_missing(const DefectArguments& arguments, DefectTarget& target) {
  drop_scopes(arguments, target, kIoApic);
}

void hpet_missing(const DefectArguments& arguments, DefectTarget& target) {
  drop_scopes(arguments, target, kHpet);
}

void renumber(const DefectArguments& arguments, DefectTarget& target, std::uint8_t type) {
  edit_dmar(target, [&](DmarDescription& dmar) {
    for_chosen(arguments, dmar, type, [&](DmarScope& scope) {
      const std::uint64_t wrong = arguments.number("wrong", scope.enumeration_id ^ 0x40);
      scope.enumeration_id = static_cast<std::uint8_t>(wrong);
      return false;
    });
  });
}

void io_apic_wrong_id(const DefectArguments& arguments, DefectTarget& target) {
  renumber(arguments, target, kIoApic);
}

void hpet_wrong_id(const DefectArguments& arguments, DefectTarget& target) {
  renumber(arguments, target, kHpet);
}

void move_source(const DefectArguments& arguments, DefectTarget& target, std::uint8_t type) {
  edit_dmar(target, [&](DmarDescription& dmar) {
    for_chosen(arguments, dmar, type, [&](DmarScope& scope) {
      const DmarScope wrong = scope_of(arguments.number("device", kAbsentDevice));
      scope.start_bus = wrong.start_bus;
      scope.path = wrong.path;
      return false;
    });
  });
}

void io_apic_wrong_source(const DefectArguments& arguments, DefectTarget& target) {
  move_source(arguments, target, kIoApic);
}

void hpet_wrong_source(const DefectArguments& arguments, DefectTarget& target) {
  move_source(arguments, target, kHpet);
}

void io_apic_wrong_unit(const DefectArguments& arguments, DefectTarget& target) {
  edit_dmar(target, [&](DmarDescription& dmar) {
    std::vector<DmarScope> moved;
    for_chosen(arguments, dmar, kIoApic, [&](DmarScope& scope) {
      moved.push_back(scope);
      return true;
    });
    DmarDrhd& unit = unit_of(arguments, dmar);
    unit.scopes.insert(unit.scopes.end(), moved.begin(), moved.end());
  });
}

void absent_device(const DefectArguments& arguments, DefectTarget& target) {
  edit_dmar(target, [&](DmarDescription& dmar) {
    unit_of(arguments, dmar).scopes.push_back(scope_of(arguments.number("device", kAbsentDevice)));
  });
}

void only_ghosts(const DefectArguments& arguments, DefectTarget& target) {
  edit_dmar(target, [&](DmarDescription& dmar) {
    DmarDrhd& unit = unit_of(arguments, dmar);
    unit.flags = 0;
    unit.scopes = {scope_of(arguments.number("device", kAbsentDevice))};
  });
}

void retype(const DefectArguments& arguments, DefectTarget& target, std::uint8_t from,
            std::uint8_t to) {
  edit_dmar(target, [&](DmarDescription& dmar) {
    DmarDrhd& unit = unit_of(arguments, dmar);
    const auto first = std::find_if(unit.scopes.begin(), unit.scopes.end(),
                                    [&](const DmarScope& scope) { return scope.type == from; });
    const bool named = arguments.has("scope");
    if (!named && first == unit.scopes.end())
      throw FirmwareError(fmt::format("that unit has no scope of type {}", from));
    DmarScope& scope = named ? unit.scopes[scope_index(arguments, unit)] : *first;
    if (scope.type != from)
      throw FirmwareError(fmt::format("that scope is of type {}, not {}", scope.type, from));
    scope.type = to;
  });
}

void bridge_as_endpoint(const DefectArguments& arguments, DefectTarget& target) {
  retype(arguments, target, kBridge, kEndpoint);
}

void endpoint_as_bridge(const DefectArguments& arguments, DefectTarget& target) {
  retype(arguments, target, kEndpoint, kBridge);
}

void unknown_type(const DefectArguments& arguments, DefectTarget& target) {
  edit_dmar(target, [&](DmarDescription& dmar) {
    scope_of_unit(arguments, dmar).type = static_cast<std::uint8_t>(arguments.number("type", 0x7F));
  });
}

void missing_bridge(const DefectArguments& arguments, DefectTarget& target) {
  const DmarScope bridge = scope_of(arguments.number("device", kAbsentDevice));
  edit_dmar(target, [&](DmarDescription& dmar) {
    DmarScope& scope = scope_of_unit(arguments, dmar);
    scope.path.insert(scope.path.begin(), bridge.path.begin(), bridge.path.end());
  });
}

/// The first of the unit's scopes has its length overwritten in the encoded structure.
void zero_length(const DefectArguments& arguments, DefectTarget& target) {
  edit_dmar(target, [&](DmarDescription& dmar) {
    DmarDrhd& unit = unit_of(arguments, dmar);
    const std::size_t chosen = scope_index(arguments, unit);
    DmarDrhd before = unit;
    before.scopes.resize(chosen);
    const std::size_t at = encode_entry(DmarEntry{before}).size();
    RawEntry raw{encode_entry(DmarEntry{unit})};
    raw.bytes[at + 1] = static_cast<std::uint8_t>(arguments.number("length", 0));
    const auto entry = std::find_if(dmar.entries.begin(), dmar.entries.end(), [&](DmarEntry& one) {
      return std::get_if<DmarDrhd>(&one) == &unit;
    });
    *entry = std::move(raw);
  });
}

void wrong_unit(const DefectArguments& arguments, DefectTarget& target) {
  edit_dmar(target, [&](DmarDescription& dmar) {
    DmarDrhd& from = unit_of(arguments, dmar);
    DmarDrhd& to = nth<DmarDrhd>(dmar.entries, arguments.number("to", 1), "unit");
    const auto at = from.scopes.begin() + static_cast<std::ptrdiff_t>(scope_index(arguments, from));
    const DmarScope moved = *at;
    from.scopes.erase(at);
    to.scopes.push_back(moved);
  });
}

}  // namespace

std::vector<FirmwareDefect> of_device_scopes() {
  const DefectParameter unit = unit_parameter();
  const DefectParameter scope = scope_parameter();
  const DefectParameter device = device_parameter("device", "the wrong one (default fe:1f.7)");
  const DefectParameter id = number_parameter("id", "its enumeration id (default all)");
  const DefectParameter wrong =
      number_parameter("wrong", "the wrong id (default the right one with bit 6 inverted)");
  return {
      {"dmar-ioapic-missing", "no unit has the I/O APIC in its scopes", "", {id}, io_apic_missing},
      {"dmar-ioapic-wrong-id",
       "the enumeration id of an I/O APIC is not the MADT's",
       "B01 Apple MacBook Pro and Mac mini with Ivy Bridge (0 for 2)",
       {id, wrong},
       io_apic_wrong_id},
      {"dmar-ioapic-wrong-source",
       "an I/O APIC sends with another requester id than its scope has",
       "",
       {id, device},
       io_apic_wrong_source},
      {"dmar-ioapic-wrong-unit",
       "an I/O APIC is in the scopes of a unit that it is not wired to",
       "",
       {id, unit},
       io_apic_wrong_unit},
      {"dmar-hpet-missing", "no unit has the HPET in its scopes", "", {id}, hpet_missing},
      {"dmar-hpet-wrong-id",
       "the enumeration id of the HPET is not the HPET table's",
       "",
       {id, wrong},
       hpet_wrong_id},
      {"dmar-hpet-wrong-source",
       "the HPET sends with another requester id than its scope has",
       "",
       {id, device},
       hpet_wrong_source},
      {"dmar-scope-absent-device",
       "a unit has a device in its scopes that is not there",
       "",
       {unit, device},
       absent_device},
      {"dmar-scope-only-absent",
       "all that a unit has in its scopes is a device that is not there",
       "A12 platforms behind Xen's workaround_bios_bug",
       {unit, device},
       only_ghosts},
      {"dmar-scope-bridge-as-endpoint",
       "a bridge is named as an endpoint",
       "",
       {unit, scope},
       bridge_as_endpoint},
      {"dmar-scope-endpoint-as-bridge",
       "an endpoint is named as a bridge",
       "",
       {unit, scope},
       endpoint_as_bridge},
      {"dmar-scope-unknown-type",
       "a scope has a reserved type",
       "",
       {unit, scope, number_parameter("type", "the type (default 0x7f)")},
       unknown_type},
      {"dmar-scope-missing-bridge",
       "a scope's path leads through a bridge that is not there",
       "",
       {unit, scope, device},
       missing_bridge},
      {"dmar-scope-zero-length",
       "a scope says that it has no length",
       "",
       {unit, scope, number_parameter("length", "what it says (default 0)")},
       zero_length},
      {"dmar-scope-wrong-unit",
       "a device is in the scopes of a unit that it is not wired to",
       "A09 Apple MacPro3,1 (the DMA engine)",
       {unit, scope, number_parameter("to", "the unit that gets the scope (default 1)")},
       wrong_unit},
  };
}

}  // namespace apicsim::defect

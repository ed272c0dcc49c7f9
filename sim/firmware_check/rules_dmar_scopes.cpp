#include <algorithm>
#include <map>
#include <set>

#include "sim/firmware_check/dmar_view.h"
#include "sim/firmware_check/layout_dmar.h"

namespace apicsim {

namespace {

void check_lengths(const CheckInput& input, Report& report) {
  for (const DmarItem& item : all_dmar_items(input)) {
    if (!item.structure->damage.empty() && item.structure->known &&
        has_device_scopes(static_cast<std::uint32_t>(item.number("type"))))
      report.add(*item.table, item.offset(),
                 fmt::format("{}: {}", item.structure->name, item.structure->damage));
    for (const ScopeItem& scope : device_scopes(item)) {
      const std::uint64_t length = scope.number("length");
      if (length < dmar_scope_fixed + 2 || length % 2 != 0)
        report.add(*item.table, scope.scope->offset,
                   fmt::format("device scope of {} bytes", length));
    }
  }
}

void check_types(const CheckInput& input, Report& report) {
  for (const ScopeItem& scope : device_scopes(input)) {
    const std::uint64_t type = scope.number("type");
    if (type == 0 || type > scope_acpi)
      report.add(*scope.owner.table, scope.scope->offset,
                 fmt::format("device scope of type {} ({})", type, device_name(scope)));
  }
}

/// VT-d §8.4: reserved regions belong to endpoints and hierarchies; §8.5: ATSRs name root ports.
void check_owner(const CheckInput& input, Report& report) {
  for (const ScopeItem& scope : device_scopes(input)) {
    const std::uint64_t owner = scope.owner.number("type");
    const std::uint64_t type = scope.number("type");
    const bool rmrr =
        owner == dmar_rmrr && type != scope_endpoint && type != scope_bridge && type != scope_acpi;
    const bool atsr = owner == dmar_atsr && type != scope_bridge;
    if (rmrr || atsr)
      report.add(*scope.owner.table, scope.scope->offset,
                 fmt::format("{} names {} ({})", scope.owner.structure->name, scope.scope->name,
                             device_name(scope)));
  }
}

void check_location(const CheckInput& input, Report& report) {
  for (const ScopeItem& scope : device_scopes(input))
    for (const DecodedField* step : path_of(*scope.scope))
      if ((step->value & 0xFF) > 0x1F || step->value >> 8 > 7)
        report.add(
            *scope.owner.table, step->offset,
            fmt::format("device {:#x}, function {:#x}", step->value & 0xFF, step->value >> 8));
}

/// Devices that units claim; I/O APICs and HPETs are told apart by their number, too.
void check_one_unit(const CheckInput& input, Report& report) {
  std::map<std::string, const DecodedStructure*> owners;
  std::set<std::string> seen;
  for (const DmarItem& unit : dmar_items(input, dmar_drhd)) {
    for (const ScopeItem& scope : device_scopes(unit)) {
      const std::uint64_t type = scope.number("type");
      if (path_of(*scope.scope).empty() || type > scope_hpet) continue;
      const bool numbered = type == scope_io_apic || type == scope_hpet;
      const std::string name =
          numbered ? fmt::format("{} {}", scope.scope->name, scope.number("enumeration_id"))
                   : device_name(scope);
      const auto [owner, fresh] = owners.emplace(name, unit.structure);
      // The timers of one HPET may make their requests from several functions.
      const bool again = !seen.insert(name + " " + device_name(scope)).second;
      if (!fresh && (again || owner->second != unit.structure))
        report.add(*unit.table, scope.scope->offset,
                   fmt::format("{} is also under the DRHD at {:#x}", name, owner->second->offset));
    }
  }
}

/// A path cannot lead through an endpoint, and a device is either endpoint or bridge.
void check_path_kinds(const CheckInput& input, Report& report) {
  std::map<std::string, std::uint64_t> kinds;
  for (const ScopeItem& scope : device_scopes(input)) {
    const std::uint64_t type = scope.number("type");
    if (type != scope_endpoint && type != scope_bridge) continue;
    const auto [known, fresh] = kinds.emplace(device_name(scope), type);
    if (!fresh && known->second != type)
      report.add(*scope.owner.table, scope.scope->offset,
                 fmt::format("{} is an endpoint in one scope and a bridge in another",
                             device_name(scope)));
  }
  for (const ScopeItem& scope : device_scopes(input)) {
    const std::string name = device_name(scope);
    const std::size_t cut = name.find('/');
    if (cut == std::string::npos) continue;
    const auto first = kinds.find(name.substr(0, cut));
    if (first != kinds.end() && first->second == scope_endpoint)
      report.add(*scope.owner.table, scope.scope->offset,
                 fmt::format("the path {} leads through {}, an endpoint of another scope", name,
                             first->first));
  }
}

std::set<std::uint64_t> scope_ids(const CheckInput& input, std::uint64_t type) {
  std::set<std::uint64_t> ids;
  for (const DmarItem& unit : dmar_items(input, dmar_drhd))
    for (const ScopeItem& scope : device_scopes(unit))
      if (scope.number("type") == type) ids.insert(scope.number("enumeration_id"));
  return ids;
}

std::set<std::uint64_t> io_apic_ids(const DecodedTable& madt) {
  std::set<std::uint64_t> ids;
  for (const DecodedStructure& part : madt.root.parts)
    if (part.name == "IOAPIC") ids.insert(part.number("id"));
  return ids;
}

void check_io_apics(const CheckInput& input, Report& report) {
  const DecodedTable* dmar = input.tables.find("DMAR");
  const DecodedTable* madt = input.tables.find("APIC");
  // Without interrupt remapping nobody asks for the scopes of I/O APICs.
  if (dmar == nullptr || madt == nullptr || (dmar->root.number("flags") & 1) == 0) return;
  const auto named = scope_ids(input, scope_io_apic);
  for (const std::uint64_t id : io_apic_ids(*madt))
    if (named.count(id) == 0)
      report.add(*dmar, 0, fmt::format("I/O APIC {} of the MADT is in no device scope", id));
}

void check_io_apic_ids(const CheckInput& input, Report& report) {
  const DecodedTable* madt = input.tables.find("APIC");
  if (madt == nullptr) return;
  const auto present = io_apic_ids(*madt);
  for (const ScopeItem& scope : device_scopes(input))
    if (scope.number("type") == scope_io_apic && present.count(scope.number("enumeration_id")) == 0)
      report.add(*scope.owner.table, scope.scope->offset + 4,
                 fmt::format("enumeration id {}: the MADT has no such I/O APIC",
                             scope.number("enumeration_id")));
}

void note_hpet(const CheckInput& input, Report& report) {
  const DecodedTable* dmar = input.tables.find("DMAR");
  const DecodedTable* hpet = input.tables.find("HPET");
  if (dmar == nullptr || hpet == nullptr || (dmar->root.number("flags") & 1) == 0) return;
  const std::uint64_t number = hpet->root.number("number");
  if (scope_ids(input, scope_hpet).count(number) == 0)
    report.add(*dmar, 0, fmt::format("HPET {} is in no device scope", number));
}

void check_name_space(const CheckInput& input, Report& report) {
  std::set<std::uint64_t> declared;
  for (const DmarItem& item : dmar_items(input, dmar_andd)) {
    declared.insert(item.number("device_number"));
    const DecodedField* name = item.structure->find("object_name");
    const bool ended = name != nullptr &&
                       std::find(name->bytes.begin(), name->bytes.end(), 0) != name->bytes.end();
    if (!ended)
      report.add(*item.table, item.offset() + 8, "the object's name does not end with a zero");
  }
  for (const ScopeItem& scope : device_scopes(input))
    if (scope.number("type") == scope_acpi && declared.count(scope.number("enumeration_id")) == 0)
      report.add(*scope.owner.table, scope.scope->offset + 4,
                 fmt::format("name-space device {} has no ANDD", scope.number("enumeration_id")));
}

void check_all_ports(const CheckInput& input, Report& report) {
  for (const DmarItem& item : dmar_items(input, dmar_atsr))
    if ((item.number("flags") & 1) != 0 && !item.structure->parts.empty())
      report.add(*item.table, item.offset() + 4, "ALL_PORTS, and device scopes");
}

constexpr Rule kRules[] = {
    {"dmar-scope-length", "VT-d §8.3.1", Severity::error,
     "A device scope has 6 bytes and one or more steps of 2, within its structure.",
     "the scopes behind it are not seen: their devices are under no unit", check_lengths},
    {"dmar-scope-type", "VT-d §8.3.1", Severity::warning, "Scope types are 1 to 5.",
     "'Unsupported device scope', which is skipped", check_types},
    {"dmar-scope-owner", "VT-d §8.4, §8.5", Severity::warning,
     "RMRRs name endpoints and sub-hierarchies, ATSRs root ports.",
     "the scope is skipped, and what it was meant for has no region or no ATS", check_owner},
    {"dmar-scope-location", "VT-d §8.3.1", Severity::error,
     "Devices are 0 to 31, functions 0 to 7.", "no device is found there", check_location},
    {"dmar-scope-twice", "VT-d §8.3.1", Severity::warning, "A device is under one unit.",
     "the first unit of the table gets it; hardware may have wired it to the other",
     check_one_unit},
    {"dmar-scope-kind", "VT-d §8.3.1; Linux dmar.c, dmar_insert_dev_scope", Severity::error,
     "Paths lead through bridges, and type 1 is not a bridge.",
     "'Device scope type does not match for ...': the scope is refused", check_path_kinds},
    {"dmar-ioapic-missing", "VT-d §8.3.1.1", Severity::error,
     "With INTR_REMAP every I/O APIC is in a unit's device scope.",
     "'ioapic ... has no mapping iommu, interrupt remapping will be disabled': no interrupt "
     "remapping, and x2APIC only where firmware has switched it on",
     check_io_apics},
    {"dmar-ioapic-id", "VT-d §8.3.1.1", Severity::error,
     "The enumeration id of an I/O APIC is its id in the MADT.",
     "the scope names nobody; the I/O APIC that was meant has no unit", check_io_apic_ids},
    {"dmar-hpet-missing", "VT-d §8.3.1", Severity::note,
     "With INTR_REMAP the HPET is in a unit's device scope.",
     "remapping stays on; the HPET's timers cannot use message-signalled interrupts", note_hpet},
    {"dmar-name-space", "VT-d §8.7", Severity::error,
     "ANDD names end with a zero, and every name-space device of a scope has one.",
     "'ANDD object name is not NUL-terminated', and the table is dropped", check_name_space},
    {"dmar-atsr-all-ports", "VT-d §8.5", Severity::warning,
     "An ATSR with ALL_PORTS has no device scopes.", "its scopes are ignored", check_all_ports},
};

}  // namespace

RuleList dmar_scope_rules() { return kRules; }

}  // namespace apicsim

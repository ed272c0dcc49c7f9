#pragma once

#include <string>
#include <vector>

#include "models/firmware/acpi_tables.h"
#include "sim/firmware_check/decode.h"
#include "sim/firmware_check/rule.h"

namespace apicsim::test {

/// A DMAR of one unit that breaks no rule: I/O APIC 2 and HPET 0 under it, one reserved region.
inline DmarDescription good_dmar() {
  DmarDescription dmar;
  dmar.flags = 1;
  DmarDrhd unit;
  unit.flags = 1;
  unit.address = 0xFED90000;
  unit.scopes = {{3, 0, 0, 2, 0xF0, {{0x1F, 0}}}, {4, 0, 0, 0, 0, {{0x1F, 0}}}};
  DmarRmrr region;
  region.base = 0x7D000000;
  region.limit = 0x7D000FFF;
  region.scopes = {{1, 0, 0, 0, 0, {{0x1D, 0}}}};
  dmar.entries = {unit, region};
  return dmar;
}

inline DmarDrhd& unit_of(DmarDescription& dmar) { return std::get<DmarDrhd>(dmar.entries.at(0)); }
inline DmarRmrr& region_of(DmarDescription& dmar) { return std::get<DmarRmrr>(dmar.entries.at(1)); }

/// Two processors and an I/O APIC with id 2.
inline MadtDescription good_madt() {
  MadtDescription madt;
  madt.entries = {MadtLocalApic{0, 0, 1},       MadtLocalApic{1, 2, 1},
                  MadtIoApic{2, 0xFEC00000, 0}, MadtOverride{0, 0, 2, 0},
                  MadtOverride{0, 9, 9, 0xD},   MadtLocalApicNmi{0xFF, 0, 1}};
  return madt;
}

inline DecodedTable decoded(const std::string& signature, AcpiBody body,
                            std::uint8_t revision = 1) {
  AcpiTable table;
  table.signature = signature;
  table.header.revision = revision;
  table.header.oem_id = "TEST";
  table.body = std::move(body);
  return decode_table(signature, signature + ".bin", 0, build_table(table));
}

inline TableSet set_of(std::vector<DecodedTable> tables) {
  TableSet set;
  set.name = "test";
  set.tables = std::move(tables);
  return set;
}

/// Names of the rules that are broken, notes included, in order.
inline std::vector<std::string> broken_rules(const TableSet& set,
                                             const FirmwareMemoryMap& map = {}) {
  std::vector<std::string> names;
  for (const Finding& finding : check_tables({set, map})) names.push_back(finding.rule);
  return names;
}

inline std::vector<std::string> broken_by(DmarDescription dmar, const FirmwareMemoryMap& map = {}) {
  return broken_rules(set_of({decoded("DMAR", std::move(dmar)), decoded("APIC", good_madt())}),
                      map);
}

inline std::vector<std::string> broken_by(MadtDescription madt) {
  return broken_rules(set_of({decoded("APIC", std::move(madt))}));
}

}  // namespace apicsim::test

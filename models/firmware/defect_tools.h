#pragma once

#include <fmt/format.h>

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "models/firmware/acpi_tables.h"
#include "models/firmware/defects.h"
#include "models/firmware/firmware_error.h"
#include "models/firmware/table_structures.h"

/// What the lists of defects share.
namespace apicsim::defect {

/// All bytes of the first table with this signature, DSDT included. Throws FirmwareError.
Bytes table_bytes(const DefectTarget& target, const std::string& signature);

/// Puts changed bytes back as they are. A table that has grown gets another address.
void put_table(DefectTarget& target, const std::string& signature, Bytes bytes);

/// The same; length field and checksum, where they were right before, are right again.
void put_repaired(DefectTarget& target, const std::string& signature, Bytes bytes);

/// Changes what follows a table's header.
void edit_body(DefectTarget& target, const std::string& signature,
               const std::function<Bytes(const Bytes& body)>& change);

void edit_dmar(DefectTarget& target, const std::function<void(DmarDescription&)>& change);
void edit_madt(DefectTarget& target, const std::function<void(MadtDescription&)>& change);
void edit_srat(DefectTarget& target, const std::function<void(SratDescription&)>& change);
/// Of DMAR, APIC and SRAT; throws FirmwareError for another signature.
void edit_structures(DefectTarget& target, const std::string& signature,
                     const std::function<void(TableStructures&)>& change);

/// Throws FirmwareError unless index < count: "there is no unit 3; the table has 0..1".
void check_index(std::uint64_t index, std::size_t count, const std::string& what);

/// The index-th structure of a kind among `entries`. Throws FirmwareError.
template <typename Structure, typename Entry>
Structure& nth(std::vector<Entry>& entries, std::uint64_t index, const std::string& what) {
  std::vector<Structure*> found;
  for (Entry& entry : entries)
    if (auto* one = std::get_if<Structure>(&entry)) found.push_back(one);
  check_index(index, found.size(), what);
  return *found[index];
}

/// Removes the entries for which `matches` says so. Tells how many.
template <typename Structure, typename Entry, typename Matches>
std::size_t remove_entries(std::vector<Entry>& entries, Matches matches) {
  std::vector<Entry> kept;
  for (const Entry& entry : entries) {
    const auto* one = std::get_if<Structure>(&entry);
    if (one == nullptr || !matches(*one)) kept.push_back(entry);
  }
  const std::size_t removed = entries.size() - kept.size();
  entries = std::move(kept);
  return removed;
}

/// Parameters that many defects have.
DefectParameter unit_parameter(const std::string& otherwise = "0");
DefectParameter number_parameter(const std::string& name, const std::string& about);
DefectParameter text_parameter(const std::string& name, const std::string& about);

DefectParameter device_parameter(const std::string& name, const std::string& about);

/// A scope of type 1 that names a device of a root bus, or one by its own bus: bus and one step.
DmarScope scope_of(std::uint64_t requester);

/// The lists, one per subject.
std::vector<FirmwareDefect> of_any_table();
std::vector<FirmwareDefect> of_structures();
std::vector<FirmwareDefect> of_remapping_units();
std::vector<FirmwareDefect> of_device_scopes();
std::vector<FirmwareDefect> of_reserved_regions();
std::vector<FirmwareDefect> of_madt();
std::vector<FirmwareDefect> of_fixed_tables();

}  // namespace apicsim::defect

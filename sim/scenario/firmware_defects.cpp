#include "sim/scenario/firmware_defects.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/firmware/firmware_error.h"
#include "sim/scenario/machine_parts.h"
#include "sim/scenario/memory_map_edit.h"
#include "sim/scenario/nearest.h"

namespace apicsim {

namespace {

constexpr std::uint64_t kPage = 0x1000;
constexpr std::uint64_t kMiB = 1 << 20;
/// SDM Vol. 3 §11.4.1 and §11.11.1: registers of the local APICs, and where messages go.
constexpr MemoryRange kApicRange{0xFEE00000, kMiB};

const FirmwareDefect& find_defect(const std::vector<FirmwareDefect>& all, const TomlTable& table,
                                  const std::string& name) {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const FirmwareDefect& one) { return one.name == name; });
  if (found != all.end()) return *found;
  std::vector<std::string> names;
  for (const FirmwareDefect& one : all) names.push_back(one.name);
  const auto close = nearest_name(name, names);
  table.fail("name", fmt::format("there is no defect '{}'; 'apicsim list defects' shows them{}",
                                 name, close ? fmt::format("; did you mean '{}'?", *close) : ""));
}

void read_argument(TomlTable& table, const DefectParameter& parameter, DefectArguments& arguments) {
  const std::string& name = parameter.name;
  switch (parameter.kind) {
    case DefectParameter::Kind::number:
      if (const auto value = table.number(name)) arguments.set(name, *value);
      return;
    case DefectParameter::Kind::text:
      if (const auto value = table.text(name)) arguments.set(name, *value);
      return;
    case DefectParameter::Kind::device:
      if (table.has(name))
        arguments.set(name, std::uint64_t{need_pci_location(table, name).requester_id()});
      return;
  }
}

std::vector<MemoryRange> device_ranges(const Machine& machine) {
  const BoardDevices& devices = machine.devices;
  std::vector<MemoryRange> ranges = {kApicRange};
  for (const IoApicDevice& one : devices.io_apics) ranges.push_back({one.address, kPage});
  for (const VtdUnitDevice& one : devices.vtd_units) ranges.push_back({one.address, kPage});
  if (devices.hpet.present) ranges.push_back({devices.hpet.address, kPage});
  if (devices.boot_rom) ranges.push_back({BootRomPlace::base, BootRomPlace::size});
  for (const PciHostDevice& host : devices.pci_hosts)
    if (host.ecam_base != 0)
      ranges.push_back(
          {host.ecam_base + host.start_bus * kMiB, (host.end_bus - host.start_bus + 1) * kMiB});
  for (const PciFunctionDevice& one : devices.pci_functions)
    if (one.bar != 0 && one.bar_size != 0) ranges.push_back({one.bar, one.bar_size});
  return ranges;
}

bool overlap(const MemoryRange& a, const MemoryRange& b) {
  return a.base <= b.base + (b.size - 1) && b.base <= a.base + (a.size - 1);
}

bool is_empty(const Machine& machine, const MemoryRange& range) {
  if (range.base + range.size < range.base) return false;
  const auto taken = [&](const MemoryRange& other) { return overlap(range, other); };
  const auto devices = device_ranges(machine);
  return std::none_of(devices.begin(), devices.end(), taken) &&
         std::none_of(machine.ram.begin(), machine.ram.end(), [&](const MachineRam& ram) {
           return taken({ram.base, ram.size});
         });
}

bool is_reserved(const Machine& machine, const MemoryRange& range) {
  return std::any_of(
      machine.memory_map.begin(), machine.memory_map.end(), [&](const MemoryMapEntry& entry) {
        return entry.type != MemoryType::ram && overlap(range, {entry.base, entry.size});
      });
}

bool unreserve(const MemoryRange& range, const Place& place, Machine& machine) {
  if (range.size == 0 || range.base + range.size < range.base) return false;
  if (!is_reserved(machine, range)) return false;
  MemoryMapEdit edit{range, std::nullopt, place};
  if (is_ram(machine, range.base, range.size)) edit.type = MemoryType::ram;
  edit_memory_map(edit, machine);
  return true;
}

}  // namespace

std::vector<ChosenDefect> read_defects(TomlTable& firmware) {
  const auto all = firmware_defects();
  std::vector<ChosenDefect> chosen;
  for (TomlTable& table : firmware.named_tables("defects", "name")) {
    ChosenDefect one{find_defect(all, table, table.need_text("name")), {}, table.place()};
    for (const DefectParameter& parameter : one.defect.parameters)
      read_argument(table, parameter, one.arguments);
    chosen.push_back(std::move(one));
  }
  return chosen;
}

void put_defect(const ChosenDefect& chosen, Machine& machine) {
  DefectTarget target{machine.firmware,
                      [&](std::uint64_t base, std::uint64_t size) {
                        return unreserve({base, size}, chosen.place, machine);
                      },
                      [&](std::uint64_t base, std::uint64_t size) {
                        return is_empty(machine, {base, size});
                      }};
  try {
    apply_defect(chosen.defect, chosen.arguments, target);
  } catch (const FirmwareError& error) {
    throw ScenarioError(chosen.place, fmt::format("key 'firmware.defects': '{}': {}",
                                                  chosen.defect.name, error.what()));
  }
}

}  // namespace apicsim

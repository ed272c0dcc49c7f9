#include <fmt/format.h>

#include <algorithm>

#include "models/firmware/placement.h"
#include "sim/scenario/machine_parts.h"
#include "sim/scenario/memory_map_edit.h"
#include "sim/scenario/toml_take.h"

namespace apicsim {

namespace {

constexpr std::uint64_t kOneMiB = 1 << 20;
constexpr std::uint64_t kFourGiB = std::uint64_t{1} << 32;

template <typename T>
void sort_and_check(std::vector<T>& ranges, const TomlTable& table, const std::string& key) {
  std::sort(ranges.begin(), ranges.end(), [](const T& a, const T& b) { return a.base < b.base; });
  for (std::size_t i = 1; i < ranges.size(); ++i) {
    const T& before = ranges[i - 1];
    if (before.base + before.size > ranges[i].base) {
      table.fail(key, fmt::format("ranges {:#x}-{:#x} and {:#x}-{:#x} overlap", before.base,
                                  before.base + before.size - 1, ranges[i].base,
                                  ranges[i].base + ranges[i].size - 1));
    }
  }
}

/// Memory of a chosen size: `low_limit` bytes lie below 4 GiB if all fits there, otherwise
/// `low_split` of it, the rest from 4 GiB on. Firmware keeps the last `firmware` bytes below 4 GiB.
void add_variable(TomlTable& table, std::uint64_t bytes, Machine& machine) {
  const std::uint64_t smallest = table.need_size("min", 2 * kOneMiB);
  const std::uint64_t largest = table.need_size("max", smallest);
  const std::uint64_t standard = table.need_size("default", smallest, largest);
  const std::uint64_t low_limit = table.need_size("low_limit", kOneMiB, kFourGiB);
  const std::uint64_t low_split = table.need_size("low_split", kOneMiB, low_limit);
  const std::uint64_t firmware = table.need_size("firmware", 0x1000, kOneMiB);
  const std::uint64_t total = bytes == 0 ? standard : bytes;
  if (total < smallest || total > largest || total % kOneMiB != 0) {
    throw ScenarioError(table.place(),
                        fmt::format("the machine cannot have {:#x} bytes of memory; allowed: whole "
                                    "MiB from {} MiB to {} MiB",
                                    total, smallest / kOneMiB, largest / kOneMiB));
  }
  const std::uint64_t low = total >= low_limit ? low_split : total;
  machine.ram.push_back({kOneMiB, low - kOneMiB, 0});
  machine.memory_map.push_back({kOneMiB, low - firmware - kOneMiB, MemoryType::ram});
  machine.memory_map.push_back({low - firmware, firmware, MemoryType::reserved});
  machine.firmware.region_base = low - firmware;
  machine.firmware.region_size = firmware;
  if (total == low) return;
  machine.ram.push_back({kFourGiB, total - low, 0});
  machine.memory_map.push_back({kFourGiB, total - low, MemoryType::ram});
}

void read_ram(TomlTable& memory, Machine& machine) {
  for (TomlTable& entry : memory.tables("ram")) {
    const MemoryRange range = read_memory_range(entry);
    MachineRam ram{range.base, range.size, 0};
    take(entry, "node", ram.node, 0, machine.topology.sockets - 1);
    machine.ram.push_back(ram);
  }
}

void read_map(TomlTable& memory, Machine& machine) {
  for (TomlTable& entry : memory.tables("map")) {
    const MemoryRange range = read_memory_range(entry);
    machine.memory_map.push_back(
        {range.base, range.size, entry.need_choice("type", memory_type_names())});
  }
}

void check_map(const TomlTable& memory, const Machine& machine) {
  for (const MemoryMapEntry& entry : machine.memory_map) {
    const bool needs_ram = entry.type == MemoryType::ram || entry.type == MemoryType::acpi;
    if (needs_ram && !is_ram(machine, entry.base, entry.size)) {
      memory.fail("map", fmt::format("reports memory at {:#x}-{:#x}, where 'ram' has none",
                                     entry.base, entry.base + entry.size - 1));
    }
  }
}

}  // namespace

bool is_ram(const Machine& machine, std::uint64_t base, std::uint64_t size) {
  std::uint64_t at = base;
  for (const MachineRam& ram : machine.ram) {
    if (at >= ram.base && at < ram.base + ram.size) at = ram.base + ram.size;
    if (at >= base + size) return true;
  }
  return size == 0;
}

void read_memory(TomlTable& root, std::uint64_t bytes, Machine& machine) {
  TomlTable memory = root.need_table("memory");
  read_ram(memory, machine);
  read_map(memory, machine);
  machine.module_gap = memory.size("module_gap", 0, kFourGiB).value_or(0);
  auto variable = memory.table("variable");
  if (variable) {
    add_variable(*variable, bytes, machine);
  } else if (bytes != 0) {
    throw ScenarioError(memory.place(),
                        "this machine has a fixed memory; remove 'memory' from the scenario, or "
                        "choose a machine whose memory is variable");
  }
  if (machine.ram.empty()) memory.fail("has no 'ram'");
  sort_and_check(machine.ram, memory, "ram");
  sort_and_check(machine.memory_map, memory, "map");
  check_map(memory, machine);
}

void check_firmware_memory(const Machine& machine, const Place& place) {
  const FirmwareImage image = place_firmware(machine.firmware);
  for (const FirmwareBlob& blob : image.blobs) {
    if (!is_ram(machine, blob.address, blob.bytes.size())) {
      throw ScenarioError(place, fmt::format("key 'firmware': {} at {:#x} lies where the machine "
                                             "has no memory",
                                             blob.name, blob.address));
    }
  }
}

}  // namespace apicsim

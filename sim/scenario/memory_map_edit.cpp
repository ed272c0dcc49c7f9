#include "sim/scenario/memory_map_edit.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/scenario/machine_parts.h"

namespace apicsim {

namespace {

/// What is left of the entries when a range is taken out of them.
std::vector<MemoryMapEntry> without(const std::vector<MemoryMapEntry>& map,
                                    const MemoryRange& range) {
  const std::uint64_t last = range.base + (range.size - 1);
  std::vector<MemoryMapEntry> rest;
  for (const MemoryMapEntry& entry : map) {
    const std::uint64_t entry_last = entry.base + (entry.size - 1);
    if (entry_last < range.base || last < entry.base) {
      rest.push_back(entry);
      continue;
    }
    if (entry.base < range.base) rest.push_back({entry.base, range.base - entry.base, entry.type});
    if (entry_last > last) rest.push_back({last + 1, entry_last - last, entry.type});
  }
  return rest;
}

}  // namespace

MemoryRange read_memory_range(TomlTable& table) {
  const std::uint64_t base = table.need_number("base");
  const auto size = table.size("size", 1);
  const auto end = table.number("end");
  if (size.has_value() == end.has_value()) table.fail("needs either 'size' or 'end'");
  if (end && *end <= base) {
    table.fail("end", fmt::format("{:#x} is not above the base {:#x}", *end, base));
  }
  const std::uint64_t length = size ? *size : *end - base;
  if (base + length < base) table.fail("reaches beyond the 64-bit address space");
  return {base, length};
}

std::vector<std::pair<std::string, MemoryType>> memory_type_names() {
  return {{"ram", MemoryType::ram},
          {"reserved", MemoryType::reserved},
          {"acpi", MemoryType::acpi},
          {"nvs", MemoryType::nvs},
          {"unusable", MemoryType::unusable}};
}

MemoryMapEdit read_memory_map_edit(TomlTable& table) {
  std::vector<std::pair<std::string, std::optional<MemoryType>>> names;
  for (const auto& [name, type] : memory_type_names()) names.emplace_back(name, type);
  names.emplace_back("none", std::nullopt);
  MemoryMapEdit edit;
  edit.range = read_memory_range(table);
  edit.type = table.need_choice("type", names);
  edit.place = table.place();
  return edit;
}

void edit_memory_map(const MemoryMapEdit& edit, Machine& machine) {
  const MemoryRange& range = edit.range;
  const bool needs_ram = edit.type == MemoryType::ram || edit.type == MemoryType::acpi;
  if (needs_ram && !is_ram(machine, range.base, range.size))
    throw ScenarioError(edit.place,
                        fmt::format("key 'firmware.memory_map': reports memory at {:#x}-{:#x}, "
                                    "where the machine has none",
                                    range.base, range.base + (range.size - 1)));
  auto& map = machine.memory_map;
  map = without(map, range);
  if (edit.type) map.push_back({range.base, range.size, *edit.type});
  std::sort(map.begin(), map.end(),
            [](const MemoryMapEntry& a, const MemoryMapEntry& b) { return a.base < b.base; });
}

}  // namespace apicsim

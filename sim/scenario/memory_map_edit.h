#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/scenario/machine.h"
#include "sim/scenario/toml_reader.h"

namespace apicsim {

struct MemoryRange {
  std::uint64_t base = 0;
  std::uint64_t size = 0;  ///< at least 1; base + size does not pass 2^64
};

/// 'base' and either 'size' or 'end', the address behind the last byte. Throws ScenarioError.
MemoryRange read_memory_range(TomlTable& table);

/// Names of the types in machine and scenario files.
std::vector<std::pair<std::string, MemoryType>> memory_type_names();

/// A range that firmware reports otherwise than the machine's map does.
struct MemoryMapEdit {
  MemoryRange range;
  std::optional<MemoryType> type;  ///< none: not reported at all
  Place place;
};

/// One of [[firmware.memory_map]].
MemoryMapEdit read_memory_map_edit(TomlTable& table);

/// Replaces what the map says of the range. Throws ScenarioError where it would report memory that
/// the machine does not have.
void edit_memory_map(const MemoryMapEdit& edit, Machine& machine);

}  // namespace apicsim

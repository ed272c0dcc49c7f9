#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/scenario/firmware_overrides.h"
#include "sim/scenario/machine.h"
#include "sim/scenario/place.h"

namespace apicsim {

/// What a scenario may change of a machine whose description allows it; 0 leaves it as described.
struct MachineOverrides {
  std::uint32_t cpus = 0;
  std::uint64_t memory_bytes = 0;
  const FirmwareOverrides* firmware = nullptr;  ///< nullptr: none
  /// "key=value" for keys of the machine's file, as --set takes them; written at `changes_place`.
  std::vector<std::string> changes;
  Place changes_place;
};

/// The file that describes a machine: one of `configs`/machines by its name, or, where the name
/// has a '/', the file of that path.
std::filesystem::path machine_file(const std::filesystem::path& configs, const std::string& name);

/// Reads the file of the machine `name` and the files that it names, and resolves them.
/// Throws ScenarioError (toml_reader.h) with one line: file, line, key, what is wrong, what would
/// be right.
Machine load_machine(const std::string& configs_directory, const std::string& name,
                     const MachineOverrides& overrides = {});

}  // namespace apicsim

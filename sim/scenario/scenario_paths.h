#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace apicsim {

/// Where configurations and guest images are looked for.
struct ScenarioPaths {
  std::filesystem::path configs;              ///< holds machines/, cpus/, timing/, <machine>/
  std::vector<std::filesystem::path> images;  ///< searched in order for <name>.elf
};

/// The file of a scenario that the user named: a path, "machine/name", or a name that is unique in
/// `configs`. Throws ScenarioError: none (with the nearest), or several.
std::filesystem::path find_scenario(const std::string& given, const std::filesystem::path& configs);

/// All scenarios of `configs`, as "machine/name", sorted.
std::vector<std::string> list_scenarios(const std::filesystem::path& configs);

}  // namespace apicsim

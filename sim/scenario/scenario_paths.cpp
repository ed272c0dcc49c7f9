#include "sim/scenario/scenario_paths.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/scenario/nearest.h"
#include "sim/scenario/place.h"

namespace apicsim {

namespace {

namespace fs = std::filesystem;

/// Folders of configs/ that hold parts of scenarios, not scenarios.
bool holds_parts(const std::string& folder) {
  return folder == "machines" || folder == "cpus" || folder == "timing";
}

std::string short_name(const std::string& name) { return name.substr(name.find('/') + 1); }

}  // namespace

std::vector<std::string> list_scenarios(const fs::path& configs) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& folder : fs::directory_iterator(configs, error)) {
    const std::string machine = folder.path().filename().string();
    if (!folder.is_directory() || holds_parts(machine)) continue;
    for (const auto& file : fs::directory_iterator(folder.path(), error))
      if (file.path().extension() == ".toml")
        names.push_back(machine + "/" + file.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

fs::path find_scenario(const std::string& given, const fs::path& configs) {
  std::error_code error;
  const bool is_path = given.size() > 5 && given.compare(given.size() - 5, 5, ".toml") == 0;
  if (is_path || fs::is_regular_file(given, error)) return given;

  const auto names = list_scenarios(configs);
  std::vector<std::string> matches, short_names;
  for (const std::string& name : names) {
    if (name == given || short_name(name) == given) matches.push_back(name);
    short_names.push_back(short_name(name));
  }
  if (matches.size() == 1) return configs / (matches.front() + ".toml");
  if (matches.size() > 1)
    throw ScenarioError(fmt::format("{}: several scenarios have this name; allowed: {}", given,
                                    join_names(matches)));
  const bool qualified = given.find('/') != std::string::npos;
  const auto close = nearest_name(given, qualified ? names : short_names);
  throw ScenarioError(fmt::format(
      "{}: no such scenario file, and none of this name in {}{}", given, configs.string(),
      close ? fmt::format("; did you mean '{}'?", *close) : "; 'apicsim list' shows them"));
}

}  // namespace apicsim

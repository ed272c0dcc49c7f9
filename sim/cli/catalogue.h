#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/scenario/scenario_paths.h"

namespace apicsim {

/// One line of 'apicsim list'.
struct CatalogueItem {
  std::string name;      ///< as scenarios and options write it
  std::string about;     ///< one line
  std::string cures;     ///< of scenarios: the one whose cure it is
  std::string timing;    ///< of scenarios and profiles: "functional" or "timed"
  bool golden = false;   ///< of scenarios: 'apicsim regress' has a golden trace of it
  bool readable = true;  ///< otherwise `about` says what is wrong
};

/// What can be named in scenarios and on the command line.
struct Catalogue {
  std::vector<CatalogueItem> machines, cpus, profiles, images, scenarios;
  std::vector<CatalogueItem> defects;  ///< in the order of docs/firmware-defects.md
};

/// Each list but that of defects sorted by name. An item that cannot be read is in its list all the
/// same.
Catalogue read_catalogue(const ScenarioPaths& paths, const std::filesystem::path& traces);

}  // namespace apicsim

#pragma once

#include <filesystem>

#include "sim/scenario/scenario_paths.h"

namespace apicsim {

/// Where this program finds its configurations and guest images: `configs` if that is not empty,
/// else the environment variable APICSIM_CONFIGS, else what is installed beside the program
/// (../share/apicsim), else the source and build tree that it was built from.
ScenarioPaths program_locations(const std::filesystem::path& configs);

/// Likewise the folder of golden traces: `given`, else what is installed, else the source tree's.
std::filesystem::path traces_folder(const std::filesystem::path& given);

}  // namespace apicsim

#pragma once

#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/scenario/image_scenario.h"

namespace apicsim {

/// What 'apicsim run' was asked to do.
struct RunRequest {
  std::string scenario;
  std::optional<ImageRun> image_run;  ///< instead of a scenario
  std::vector<std::string> overrides;
  ScenarioPaths paths;
  std::optional<std::filesystem::path> json;
  std::optional<std::filesystem::path> trace;
  std::optional<std::filesystem::path> console;
  std::optional<std::filesystem::path> image;  ///< instead of the scenario's own
  bool golden = false;  ///< the trace is to be kept: frequent probes are folded
  bool quiet = false;
  bool summary = true;    ///< print how the run ended
  bool colour = false;    ///< standard output is a terminal
  bool progress = false;  ///< standard error is a terminal
};

/// Loads, simulates, reports. Returns the exit status of the run.
int simulate(const RunRequest& request);

}  // namespace apicsim

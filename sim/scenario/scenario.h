#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "models/core/cpu_complex_config.h"
#include "models/devices/agent/bus_action.h"
#include "models/time/cycle.h"
#include "sim/scenario/boot_module.h"
#include "sim/scenario/cpu_stimulus.h"
#include "sim/scenario/frame_arrival.h"
#include "sim/scenario/machine.h"
#include "sim/scenario/scenario_enums.h"
#include "sim/scenario/scenario_file.h"
#include "sim/scenario/scenario_paths.h"
#include "sim/scenario/timing_profile.h"

namespace apicsim {

/// A run with every question answered.
struct Scenario {
  std::string name;  ///< "hp-dl360p-gen8/freelist-gpf", or the file's stem
  std::filesystem::path path;
  std::string text;  ///< of a scenario that is in no file; empty otherwise
  std::string title;
  Machine machine;
  std::filesystem::path kernel_image;
  std::string kernel_name;  ///< as the scenario writes it
  std::string command_line;
  std::string workload;               ///< text of the initrd; empty: none
  std::vector<BootModule> modules;    ///< further files that the boot loader leaves in memory
  std::optional<std::uint64_t> seed;  ///< already put into workload and command line
  TimingMode timing = TimingMode::functional;
  Scheduling scheduling = Scheduling::exact;
  Cycle fast_lookahead = 1;  ///< of fast scheduling: how far CPUs may run apart, at least 1
  TimingProfile profile;
  Cycle limit = never;  ///< the run ends before the first instruction at or after this cycle
  UnmodelledMode unmodelled = UnmodelledMode::stop;
  ExitRule exit_rule = ExitRule::outcome;
  std::vector<BusAction> injections;  ///< in order of cycle
  std::vector<FrameArrival> frames;   ///< in order of cycle
  std::vector<CpuStimulus> stimuli;   ///< in order of cycle
  std::optional<Outcome> expected_outcome;
  std::optional<std::uint32_t> expected_exit_code;
};

/// Reads the scenario and everything that it names. Throws ScenarioError.
Scenario load_scenario(const std::filesystem::path& file, const std::vector<std::string>& overrides,
                       const ScenarioPaths& paths);

/// The same of a scenario that was read already. Throws ScenarioError.
Scenario resolve_scenario(const ScenarioFile& file, const ScenarioPaths& paths);

/// Cycles of a clock of `hz` that last at least `picoseconds`; `never` when that does not fit.
Cycle cycles_from_picoseconds(std::uint64_t picoseconds, std::uint64_t hz);

}  // namespace apicsim

#pragma once

#include <string>
#include <vector>

#include "sim/firmware_check/boot_verdict.h"
#include "sim/firmware_check/derived_machine.h"
#include "sim/scenario/scenario_paths.h"

namespace apicsim {

/// Which kernels are booted, and how.
struct BootOptions {
  std::vector<std::string> kernels;        ///< images by name
  std::vector<std::string> command_lines;  ///< parameters of each boot
  std::vector<std::string> overrides;      ///< KEY=VALUE of the scenario
  std::string max_time;                    ///< of simulated time; empty: by the number of CPUs
  ScenarioPaths paths;
  std::size_t jobs = 1;
  bool progress = false;
};

/// The guest kernels that can be booted, "guest-3.2" first.
std::vector<std::string> kernel_images(const ScenarioPaths& paths);

/// Writes scenario, machine and tables; the latter two are beside it and named after it. Throws
/// OutputError.
void write_scenario(const DerivedMachine& machine, const std::string& file,
                    const std::string& title, const BootOptions& options, const std::string& kernel,
                    const std::string& parameters);

/// Boots every kernel with every command line on the machine, each in a process of its own.
/// Throws OutputError, RunPoolInterrupted.
std::vector<BootVerdict> boot_kernels(const DerivedMachine& machine, const BootOptions& options);

}  // namespace apicsim

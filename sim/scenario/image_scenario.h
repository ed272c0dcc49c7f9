#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/scenario/scenario.h"

namespace apicsim {

/// A run of an image without a scenario file, as the command line asks for it. Values are text as a
/// scenario would have them; what is absent is the default of such runs.
struct ImageRun {
  std::string image;    ///< file
  std::string machine;  ///< empty: image_machine
  std::string cpu;      ///< empty: image_cpu on the default machine, else the machine's own
  std::optional<std::string> cpus;    ///< 1 on the default machine
  std::optional<std::string> memory;  ///< the machine's own
  std::optional<bool> x2apic;         ///< as the processor has it
  std::string command_line;
  std::vector<std::string> modules;  ///< "file", or "file arguments"
  std::optional<std::string> timing;
  std::optional<std::string> max_time;
};

inline constexpr const char* image_machine = "qemu-q35";
inline constexpr const char* image_cpu = "max";

/// The scenario for it, with `overrides` ("key=value") applied; the exit status is the image's own.
/// Throws ScenarioError.
Scenario load_image_scenario(const ImageRun& run, const std::vector<std::string>& overrides,
                             const ScenarioPaths& paths);

/// "file arguments,file" as QEMU's -initrd takes it: commas separate, two of them are one of a
/// name.
std::vector<std::string> split_modules(const std::string& text);

}  // namespace apicsim

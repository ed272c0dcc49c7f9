#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "models/core/cpu_complex_config.h"
#include "models/devices/agent/bus_action.h"
#include "sim/scenario/cpu_features.h"
#include "sim/scenario/cpu_stimulus.h"
#include "sim/scenario/firmware_handover.h"
#include "sim/scenario/firmware_overrides.h"
#include "sim/scenario/frame_arrival.h"
#include "sim/scenario/machine.h"
#include "sim/scenario/place.h"
#include "sim/scenario/scenario_enums.h"
#include "sim/scenario/timing_profile.h"

namespace apicsim {

/// A scenario as its file (and the --set options) say it: what is absent is empty. The places are
/// for errors that are only found when the parts are put together.
struct ScenarioFile {
  struct Injection {
    Place place;
    std::optional<std::uint64_t> at_time_ps;
    std::optional<std::uint64_t> at_cycle;
    std::uint64_t period_ps = 0;
    BusAction what;  ///< its times are still to be set
  };
  struct Frame {
    Place place;
    std::optional<std::uint64_t> at_time_ps;
    std::optional<std::uint64_t> at_cycle;
    std::uint64_t period_ps = 0;
    FrameArrival what;  ///< its times are still to be set
  };
  /// A function that the machine has in this scenario only.
  struct Function {
    PciFunctionDevice what;
    Place place;      ///< of its address
    std::string key;  ///< name of the key of its address
  };
  struct Stimulus {
    Place place;
    std::optional<std::uint64_t> at_time_ps;
    std::optional<std::uint64_t> at_cycle;
    CpuStimulus what;  ///< its time is still to be set
  };

  std::filesystem::path path;
  std::string title;
  std::optional<std::string> cures;  ///< the scenario beside it whose cure this one is
  std::string machine;
  Place machine_place;
  std::vector<std::string> machine_changes;  ///< "key=value" for keys of the machine's file
  Place machine_changes_place;
  std::optional<std::uint64_t> cpus;
  std::optional<std::uint64_t> memory;
  std::optional<bool> x2apic;
  Place x2apic_place;
  std::vector<FeatureChange> cpu_features;
  Place cpu_features_place;
  std::optional<std::uint64_t> seed;
  Place seed_place;

  std::optional<FirmwareOverrides> firmware;
  std::optional<ApicHandover> handover;
  std::optional<bool> eoi_broadcast_suppressed;
  Place eoi_broadcast_place;

  std::string kernel_image;
  Place kernel_image_place;
  std::string kernel_cmdline;
  std::vector<std::string> kernel_modules;  ///< "file", or "file arguments"
  Place kernel_modules_place;

  std::optional<std::string> workload_script;
  std::optional<std::string> workload_file;
  Place workload_file_place;
  struct WorkloadFile {
    std::string path;  ///< in the guest's initial RAM disk
    std::string file;
    Place place;
  };
  std::vector<WorkloadFile> workload_files;

  TimingMode timing = TimingMode::functional;
  Scheduling scheduling = Scheduling::exact;
  std::optional<std::uint64_t> lookahead_ps;
  Place timing_place;
  std::optional<std::string> profile;
  Place profile_place;
  std::vector<TimingOverride> timing_entries;
  std::optional<std::uint64_t> max_time_ps;
  std::optional<std::uint64_t> max_cycles;
  Place max_place;
  UnmodelledMode unmodelled = UnmodelledMode::stop;
  ExitRule exit_rule = ExitRule::outcome;

  std::vector<Function> functions;    ///< [[device]]
  std::vector<Injection> injections;  ///< [[inject]] of what happens on the devices' bus
  std::vector<Frame> frames;          ///< [[inject]] of kind "frame"
  std::vector<Stimulus> stimuli;      ///< [[inject]] of the other kinds

  std::optional<Outcome> expected_outcome;
  std::optional<std::uint32_t> expected_exit_code;
};

/// Reads a scenario with `overrides` ("key=value", in order) applied. Throws ScenarioError.
ScenarioFile read_scenario_file(const std::filesystem::path& file,
                                const std::vector<std::string>& overrides);

/// The same from text that is in `file`, or would be: other files are found relative to it.
ScenarioFile parse_scenario(const std::string& text, const std::filesystem::path& file,
                            const std::vector<std::string>& overrides);

/// Reads the title alone, for lists.
std::string read_scenario_title(const std::filesystem::path& file);

}  // namespace apicsim

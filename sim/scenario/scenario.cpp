#include "sim/scenario/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>

#include "sim/scenario/cpu_features.h"
#include "sim/scenario/initrd_archive.h"
#include "sim/scenario/machine_loader.h"
#include "sim/scenario/machine_parts.h"
#include "sim/scenario/nearest.h"
#include "sim/scenario/scenario_file.h"

namespace apicsim {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kPicosecondsPerSecond = 1'000'000'000'000;
/// Of fast scheduling where run.lookahead says nothing: about as long as an interrupt takes from
/// one CPU to another, so that it arrives no later than twice its latency.
constexpr std::uint64_t kFastLookahead = 500'000;  // ps
const std::string kSeedMark = "${seed}";
constexpr std::size_t kLargestWorkload = std::size_t{64} << 20;

std::vector<std::string> stems(const fs::path& folder, const std::string& extension) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (entry.path().extension() == extension) names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

/// A file of the configuration by its name; the error lists the names there are.
fs::path find_part(const fs::path& folder, const std::string& name, const Place& place,
                   const std::string& key) {
  const fs::path path = folder / (name + ".toml");
  std::error_code error;
  if (name.find('/') == std::string::npos && fs::is_regular_file(path, error)) return path;
  const auto names = stems(folder, ".toml");
  const auto close = nearest_name(name, names);
  throw ScenarioError(
      place, fmt::format("key '{}': there is no '{}'; allowed: {}{}", key, name, join_names(names),
                         close ? fmt::format("; did you mean '{}'?", *close) : ""));
}

/// What load_machine() calls the scenario's machine: a path with '/' is relative to the scenario.
std::string find_machine(const ScenarioFile& file, const fs::path& folder) {
  if (file.machine.find('/') == std::string::npos) {
    find_part(folder, file.machine, file.machine_place, "machine");
    return file.machine;
  }
  const fs::path path = fs::absolute(file.path.parent_path() / file.machine);
  std::error_code error;
  if (!fs::is_regular_file(path, error))
    throw ScenarioError(file.machine_place,
                        fmt::format("key 'machine': no such file: {}", path.string()));
  return path.string();
}

/// A run without run.profile has that of its processor when it is timed.
std::string profile_name(const ScenarioFile& file, const MachineCpuModel& cpu) {
  if (file.profile) return *file.profile;
  if (file.timing == TimingMode::functional) return "functional";
  if (cpu.timing_profile.empty())
    throw ScenarioError(file.timing_place,
                        fmt::format("key 'run.timing': is 'timed', and processor '{}' names no "
                                    "profile; allowed: with run.profile",
                                    cpu.name));
  return cpu.timing_profile;
}

TimingProfile find_profile(const ScenarioFile& file, const MachineCpuModel& cpu,
                           const fs::path& folder) {
  const fs::path path =
      find_part(folder, profile_name(file, cpu), file.profile_place, "run.profile");
  auto profile = load_timing_profile(path, cpu.reference_hz, file.timing_entries);
  if (file.timing == TimingMode::timed && !profile.timed)
    throw ScenarioError(file.profile_place,
                        fmt::format("key 'run.profile': '{}' has no sections core, instruction and "
                                    "memory, which timing = \"timed\" needs",
                                    profile.name));
  return profile;
}

fs::path find_image(const ScenarioFile& file, const ScenarioPaths& paths) {
  const std::string& image = file.kernel_image;
  std::error_code error;
  if (image.find('/') != std::string::npos) {
    const fs::path path = file.path.parent_path() / image;
    if (fs::is_regular_file(path, error)) return path;
    throw ScenarioError(file.kernel_image_place,
                        fmt::format("key 'kernel.image': no such file: {}", path.string()));
  }
  std::vector<std::string> names;
  for (const fs::path& folder : paths.images) {
    const fs::path path = folder / (image + ".elf");
    if (fs::is_regular_file(path, error)) return path;
    for (const std::string& name : stems(folder, ".elf"))
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  const auto close = nearest_name(image, names);
  throw ScenarioError(
      file.kernel_image_place,
      fmt::format("key 'kernel.image': there is no image '{}'; allowed: {}, or a path with '/'{}",
                  image, names.empty() ? "(none is built)" : join_names(names),
                  close ? fmt::format("; did you mean '{}'?", *close) : ""));
}

/// A file for the boot loader's use; `key` is where the scenario names it.
std::string read_whole(const fs::path& path, const Place& place, const std::string& key) {
  std::error_code error;
  std::ifstream stream(path, std::ios::binary);
  if (!stream || fs::is_directory(path, error))
    throw ScenarioError(place, fmt::format("key '{}': cannot read {}", key, path.string()));
  std::string text;
  char buffer[65536];
  while (stream.read(buffer, sizeof buffer), stream.gcount() > 0) {
    text.append(buffer, static_cast<std::size_t>(stream.gcount()));
    if (text.size() > kLargestWorkload)
      throw ScenarioError(place, fmt::format("key '{}': {} is larger than {} MiB", key,
                                             path.string(), kLargestWorkload >> 20));
  }
  return text;
}

std::string read_workload_text(const ScenarioFile& file) {
  if (file.workload_script) return *file.workload_script;
  if (!file.workload_file) return {};
  return read_whole(file.path.parent_path() / *file.workload_file, file.workload_file_place,
                    "workload.file");
}

/// With files beside it the script is the file "script" of an archive.
void add_workload_files(const ScenarioFile& file, std::string& workload) {
  if (file.workload_files.empty()) return;
  std::vector<ArchiveMember> members = {{"script", workload}};
  for (const auto& added : file.workload_files) {
    const fs::path path = file.path.parent_path() / added.file;
    members.push_back({added.path, read_whole(path, added.place, "workload.files")});
  }
  workload = make_initrd_archive(members);
}

/// Up to the first blank a module is a file; the image gets the whole text.
std::vector<BootModule> read_modules(const ScenarioFile& file) {
  std::vector<BootModule> modules;
  for (const std::string& text : file.kernel_modules) {
    const fs::path path = file.path.parent_path() / text.substr(0, text.find(' '));
    modules.push_back({text, read_whole(path, file.kernel_modules_place, "kernel.modules")});
  }
  return modules;
}

bool replace_seed(std::string& text, std::uint64_t seed) {
  bool found = false;
  for (std::size_t at = text.find(kSeedMark); at != std::string::npos; at = text.find(kSeedMark)) {
    text.replace(at, kSeedMark.size(), std::to_string(seed));
    found = true;
  }
  return found;
}

void put_seed(const ScenarioFile& file, Scenario& scenario) {
  const bool marked = scenario.workload.find(kSeedMark) != std::string::npos ||
                      scenario.command_line.find(kSeedMark) != std::string::npos;
  if (!file.seed && marked)
    throw ScenarioError(file.seed_place,
                        "key 'seed': is missing; ${seed} in the workload or the "
                        "command line needs it");
  if (!file.seed) return;
  const bool in_workload = replace_seed(scenario.workload, *file.seed);
  const bool in_command_line = replace_seed(scenario.command_line, *file.seed);
  if (!in_workload && !in_command_line)
    throw ScenarioError(file.seed_place,
                        "key 'seed': has no effect; ${seed} stands neither in the "
                        "workload nor in the command line");
}

void switch_features(const ScenarioFile& file, MachineCpuModel& cpu) {
  if (file.x2apic) apply_feature_changes({{"x2apic", *file.x2apic}}, file.x2apic_place, cpu);
  apply_feature_changes(file.cpu_features, file.cpu_features_place, cpu);
}

void hand_over_eoi_broadcast(const ScenarioFile& file, Machine& machine) {
  machine.eoi_broadcast_suppressed = file.eoi_broadcast_suppressed.value_or(false);
  if (machine.eoi_broadcast_suppressed && !machine.cpu.apic_directed_eoi)
    throw ScenarioError(file.eoi_broadcast_place,
                        "key 'firmware.eoi_broadcast': the CPUs cannot suppress it (bit 24 of the "
                        "local APIC's version register); allowed: sent");
}

Cycle limit_of(const ScenarioFile& file, std::uint64_t hz) {
  Cycle limit = file.max_cycles.value_or(never);
  if (file.max_time_ps) limit = std::min(limit, cycles_from_picoseconds(*file.max_time_ps, hz));
  return limit;
}

template <typename Injected>
Cycle moment_of(const Injected& injected, std::uint64_t hz) {
  const Cycle at =
      injected.at_cycle ? *injected.at_cycle : cycles_from_picoseconds(*injected.at_time_ps, hz);
  if (at == never) throw ScenarioError(injected.place, "key 'inject': lies after the end of time");
  return at;
}

/// What is injected, with its times in cycles, in order of cycle.
template <typename What, typename Injected>
std::vector<What> resolve_series(const std::vector<Injected>& injected, std::uint64_t hz) {
  std::vector<What> resolved;
  for (const Injected& one : injected) {
    What what = one.what;
    what.at = moment_of(one, hz);
    what.period = cycles_from_picoseconds(one.period_ps, hz);
    const WideCycle last = what.at + WideCycle{what.period} * (what.count - 1);
    if (last >= never) throw ScenarioError(one.place, "key 'inject': lies after the end of time");
    resolved.push_back(std::move(what));
  }
  std::stable_sort(resolved.begin(), resolved.end(),
                   [](const auto& a, const auto& b) { return a.at < b.at; });
  return resolved;
}

void check_frames(const ScenarioFile& file, const BoardDevices& board) {
  for (const auto& frame : file.frames) {
    bool found = false;
    for (const PciFunctionDevice& function : board.pci_functions)
      found = found || (function.model == "nic" && function.requester_id() == frame.what.device);
    if (!found) throw ScenarioError(frame.place, "key 'device': names no 'nic' of this machine");
  }
}

void add_functions(const ScenarioFile& file, Machine& machine) {
  for (const auto& function : file.functions)
    add_pci_function(function.what, function.place, function.key, machine.devices);
  const Place& place = file.functions.empty() ? file.machine_place : file.functions.front().place;
  check_pci_functions(machine.devices, place);
}

/// The CPUs of a machine, or its packages, that a stimulus may name.
std::size_t targets_of(CpuStimulus::Kind kind, const Machine& machine) {
  const bool of_package =
      kind == CpuStimulus::Kind::package_temperature || kind == CpuStimulus::Kind::prochot;
  if (!of_package) return machine.cpus.size();
  std::set<std::uint32_t> sockets;
  for (const MachineCpu& cpu : machine.cpus) sockets.insert(cpu.socket);
  return sockets.size();
}

std::vector<CpuStimulus> resolve_stimuli(const ScenarioFile& file, const Machine& machine) {
  std::vector<CpuStimulus> stimuli;
  for (const auto& stimulus : file.stimuli) {
    CpuStimulus what = stimulus.what;
    what.at = moment_of(stimulus, machine.cpu.reference_hz);
    const std::size_t targets = targets_of(what.kind, machine);
    if (what.target >= targets)
      throw ScenarioError(stimulus.place,
                          fmt::format("key 'inject': names CPU or package {}, which machine '{}' "
                                      "does not have; allowed: 0..{}",
                                      what.target, machine.name, targets - 1));
    stimuli.push_back(what);
  }
  std::stable_sort(stimuli.begin(), stimuli.end(),
                   [](const auto& a, const auto& b) { return a.at < b.at; });
  return stimuli;
}

std::string scenario_name(const fs::path& path) {
  const std::string folder = fs::absolute(path).parent_path().filename().string();
  return folder + "/" + path.stem().string();
}

}  // namespace

Cycle cycles_from_picoseconds(std::uint64_t picoseconds, std::uint64_t hz) {
  const WideCycle cycles =
      (WideCycle{picoseconds} * hz + (kPicosecondsPerSecond - 1)) / kPicosecondsPerSecond;
  return cycles > never ? never : static_cast<Cycle>(cycles);
}

Scenario load_scenario(const fs::path& path, const std::vector<std::string>& overrides,
                       const ScenarioPaths& paths) {
  return resolve_scenario(read_scenario_file(path, overrides), paths);
}

Scenario resolve_scenario(const ScenarioFile& file, const ScenarioPaths& paths) {
  const std::string machine = find_machine(file, paths.configs / "machines");
  MachineOverrides machine_overrides;
  machine_overrides.cpus = static_cast<std::uint32_t>(file.cpus.value_or(0));
  machine_overrides.memory_bytes = file.memory.value_or(0);
  machine_overrides.changes = file.machine_changes;
  machine_overrides.changes_place = file.machine_changes_place;
  if (file.firmware) machine_overrides.firmware = &*file.firmware;

  Scenario scenario;
  scenario.name = scenario_name(file.path);
  scenario.path = file.path;
  scenario.title = file.title;
  scenario.machine = load_machine(paths.configs.string(), machine, machine_overrides);
  add_functions(file, scenario.machine);
  check_frames(file, scenario.machine.devices);
  switch_features(file, scenario.machine.cpu);
  hand_over_apics(file.handover, scenario.machine);
  hand_over_eoi_broadcast(file, scenario.machine);
  const std::uint64_t hz = scenario.machine.cpu.reference_hz;
  scenario.profile = find_profile(file, scenario.machine.cpu, paths.configs / "timing");
  scenario.kernel_image = find_image(file, paths);
  scenario.kernel_name = file.kernel_image;
  scenario.command_line = file.kernel_cmdline;
  scenario.workload = read_workload_text(file);
  scenario.modules = read_modules(file);
  put_seed(file, scenario);
  add_workload_files(file, scenario.workload);
  scenario.seed = file.seed;
  scenario.timing = file.timing;
  scenario.scheduling = file.scheduling;
  scenario.fast_lookahead =
      std::max<Cycle>(1, cycles_from_picoseconds(file.lookahead_ps.value_or(kFastLookahead), hz));
  scenario.limit = limit_of(file, hz);
  scenario.unmodelled = file.unmodelled;
  scenario.exit_rule = file.exit_rule;
  scenario.injections = resolve_series<BusAction>(file.injections, hz);
  scenario.frames = resolve_series<FrameArrival>(file.frames, hz);
  scenario.stimuli = resolve_stimuli(file, scenario.machine);
  scenario.expected_outcome = file.expected_outcome;
  scenario.expected_exit_code = file.expected_exit_code;
  return scenario;
}

}  // namespace apicsim

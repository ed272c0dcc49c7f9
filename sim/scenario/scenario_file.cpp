#include "sim/scenario/scenario_file.h"

#include <fmt/format.h>

#include "models/core/cpu_state.h"
#include "sim/scenario/injection_reader.h"
#include "sim/scenario/machine_parts.h"
#include "sim/scenario/scenario_document.h"
#include "sim/scenario/units.h"

namespace apicsim {

namespace {

constexpr std::uint64_t kMostCpus = 4096;
constexpr std::uint64_t kLongestCommandLine = 2048;  // COMMAND_LINE_SIZE, Linux x86

const std::vector<std::pair<std::string, TimingMode>> kTimings = {
    {"functional", TimingMode::functional}, {"timed", TimingMode::timed}};
const std::vector<std::pair<std::string, UnmodelledMode>> kUnmodelled = {
    {"stop", UnmodelledMode::stop}, {"report", UnmodelledMode::report}};
const std::vector<std::pair<std::string, ExitRule>> kExitRules = {{"outcome", ExitRule::outcome},
                                                                  {"image", ExitRule::image}};
const std::vector<std::pair<std::string, bool>> kEoiBroadcasts = {{"sent", false},
                                                                  {"suppressed", true}};
const std::vector<std::pair<std::string, Scheduling>> kSchedulings = {{"exact", Scheduling::exact},
                                                                      {"fast", Scheduling::fast}};

void read_top(TomlTable& root, ScenarioFile& file) {
  file.title = root.need_text("title");
  file.cures = root.text("cures");
  file.machine = root.need_text("machine");
  file.machine_place = root.place("machine");
  file.machine_changes = root.texts("machine_set");
  file.machine_changes_place = root.place("machine_set");
  file.cpus = root.number("cpus", 1, kMostCpus);
  file.memory = root.size("memory", 16ull << 20, 64ull << 40);
  file.x2apic = root.flag("x2apic");
  file.x2apic_place = root.place("x2apic");
  file.seed = root.number("seed");
  file.seed_place = root.place("seed");
}

void read_cpu(TomlTable cpu, ScenarioFile& file) {
  file.cpu_features_place = cpu.place("features");
  file.cpu_features = parse_feature_changes(cpu.need_text("features"), file.cpu_features_place);
  for (const FeatureChange& change : file.cpu_features)
    if (file.x2apic && change.name == "x2apic")
      throw ScenarioError(file.x2apic_place,
                          "key 'x2apic': 'cpu.features' decides it, too; allowed: one of the two");
}

void read_kernel(TomlTable kernel, ScenarioFile& file) {
  file.kernel_image = kernel.need_text("image");
  file.kernel_image_place = kernel.place("image");
  file.kernel_cmdline = kernel.text("cmdline").value_or("");
  if (file.kernel_cmdline.size() >= kLongestCommandLine)
    kernel.fail("cmdline", fmt::format("has {} characters; allowed: up to {}",
                                       file.kernel_cmdline.size(), kLongestCommandLine - 1));
  if (file.kernel_cmdline.find('\0') != std::string::npos)
    kernel.fail("cmdline", "holds a NUL character, which would end it");
  file.kernel_modules = kernel.texts("modules");
  file.kernel_modules_place = kernel.place("modules");
}

void read_workload_files(TomlTable& workload, ScenarioFile& file) {
  auto table = workload.table("files");
  if (!table) return;
  for (const std::string& path : table->keys()) {
    if (path.empty() || path.front() == '/' || path == "script")
      table->fail(path, "allowed: a path in the RAM disk, without leading slash, but 'script'");
    file.workload_files.push_back({path, table->need_text(path), table->place(path)});
  }
}

void read_workload(TomlTable workload, ScenarioFile& file) {
  read_workload_files(workload, file);
  file.workload_script = workload.text("script");
  file.workload_file = workload.text("file");
  file.workload_file_place = workload.place("file");
  if (file.workload_script && file.workload_file)
    workload.fail("file", "contradicts key 'workload.script'; allowed: one of the two");
  if (!file.workload_script && !file.workload_file)
    workload.fail("holds no workload; allowed: script or file");
}

void read_run(TomlTable run, ScenarioFile& file) {
  file.timing = run.choice("timing", kTimings).value_or(TimingMode::functional);
  file.scheduling = run.choice("scheduling", kSchedulings).value_or(Scheduling::exact);
  file.lookahead_ps = run.duration("lookahead");
  if (file.lookahead_ps && file.scheduling == Scheduling::exact)
    run.fail("lookahead",
             "has no effect under exact scheduling, where the profile's smallest "
             "latency decides; allowed: with scheduling = \"fast\"");
  file.timing_place = run.place("timing");
  file.profile = run.text("profile");
  file.profile_place = run.place("profile");
  file.max_time_ps = run.duration("max_time");
  file.max_cycles = run.number("max_cycles", 1, ~std::uint64_t{0} - 1);
  file.max_place = run.place("max_time");
  file.unmodelled = run.choice("unmodelled", kUnmodelled).value_or(UnmodelledMode::stop);
  file.exit_rule = run.choice("exit_status", kExitRules).value_or(ExitRule::outcome);
  if (file.max_time_ps && *file.max_time_ps == 0) run.fail("max_time", "is zero; allowed: 1ps..");
}

/// [timing_entries]: "latency.msi" = 700, "1us", "low" or "high".
void read_timing_entries(TomlTable table, ScenarioFile& file) {
  for (const std::string& name : table.keys()) {
    TimingOverride entry;
    entry.place = table.place(name);
    entry.name = name;
    if (table.is_text(name)) {
      entry.kind = TimingOverride::Kind::text;
      entry.text = *table.text(name);
      if (entry.text == "low") entry.kind = TimingOverride::Kind::low;
      if (entry.text == "high") entry.kind = TimingOverride::Kind::high;
    } else {
      entry.number = table.need_number(name);
    }
    file.timing_entries.push_back(std::move(entry));
  }
}

void read_expect(TomlTable expect, ScenarioFile& file) {
  file.expected_outcome = expect.choice("outcome", outcome_names());
  if (const auto code = expect.number("exit_code", 0, 255))
    file.expected_exit_code = static_cast<std::uint32_t>(*code);
}

void read_firmware(TomlTable firmware, const std::filesystem::path& path, ScenarioFile& file) {
  if (const auto cpus = firmware.text("x2apic"))
    file.handover = ApicHandover{*cpus, firmware.place("x2apic")};
  file.eoi_broadcast_suppressed = firmware.choice("eoi_broadcast", kEoiBroadcasts);
  file.eoi_broadcast_place = firmware.place("eoi_broadcast");
  file.firmware = read_firmware_overrides(firmware, path.parent_path());
  // A cure may take back all that the scenario did that it cures.
  if (!file.cures && !file.handover && !file.eoi_broadcast_suppressed &&
      !changes_tables(*file.firmware))
    firmware.fail(
        "changes nothing; allowed: acpidump, replace, files, remove, defects, memory_map, x2apic, "
        "and sections of the machine's file");
}

ScenarioFile read_document(TomlDocument document, const std::filesystem::path& path,
                           const std::vector<std::string>& overrides) {
  for (const std::string& assignment : overrides) document.set(assignment);
  auto root = document.root();
  for (const char* key :
       {"title", "cures", "machine", "cpus", "memory", "machine_set", "x2apic", "seed", "cpu",
        "firmware", "kernel", "workload", "run", "timing_entries", "device", "inject", "expect"})
    root.allow(key);
  ScenarioFile file;
  file.path = path;
  read_top(root, file);
  if (auto cpu = root.table("cpu")) read_cpu(*cpu, file);
  if (auto firmware = root.table("firmware")) read_firmware(*firmware, path, file);
  read_kernel(root.need_table("kernel"), file);
  if (auto workload = root.table("workload")) read_workload(*workload, file);
  if (auto run = root.table("run")) read_run(*run, file);
  if (auto entries = root.table("timing_entries")) read_timing_entries(*entries, file);
  for (TomlTable& table : root.tables("device"))
    file.functions.push_back(
        {read_pci_function(table), table.place("address"), table.name("address")});
  for (const TomlTable& table : root.tables("inject")) read_injection(table, file);
  if (auto expect = root.table("expect")) read_expect(*expect, file);
  document.finish();
  return file;
}

}  // namespace

ScenarioFile read_scenario_file(const std::filesystem::path& path,
                                const std::vector<std::string>& overrides) {
  return read_document(load_scenario_document(path), path, overrides);
}

ScenarioFile parse_scenario(const std::string& text, const std::filesystem::path& path,
                            const std::vector<std::string>& overrides) {
  return read_document(parse_scenario_document(text, path), path, overrides);
}

std::string read_scenario_title(const std::filesystem::path& path) {
  auto document = TomlDocument::load(path);
  return document.root().need_text("title");
}

}  // namespace apicsim

#include "sim/scenario/scenario_file.h"

#include <fmt/format.h>

#include "models/core/cpu_state.h"
#include "sim/scenario/scenario_document.h"
#include "sim/scenario/units.h"

namespace apicsim {

namespace {

constexpr std::uint64_t kMostCpus = 4096;
constexpr std::uint64_t kLongestCommandLine = 2048;  // COMMAND_LINE_SIZE, Linux x86
constexpr std::uint64_t kMostInjectedBytes = 4096;
constexpr std::uint64_t kHottest = 200;  // degrees Celsius
constexpr std::uint64_t kPhysicalLimit = (std::uint64_t{1} << 52) - 1;

const std::vector<std::pair<std::string, TimingMode>> kTimings = {
    {"functional", TimingMode::functional}, {"timed", TimingMode::timed}};
const std::vector<std::pair<std::string, UnmodelledMode>> kUnmodelled = {
    {"stop", UnmodelledMode::stop}, {"report", UnmodelledMode::report}};
const std::vector<std::pair<std::string, ExitRule>> kExitRules = {{"outcome", ExitRule::outcome},
                                                                  {"image", ExitRule::image}};
const std::vector<std::pair<std::string, Scheduling>> kSchedulings = {{"exact", Scheduling::exact},
                                                                      {"fast", Scheduling::fast}};

/// "bus:device.function", hexadecimal as lspci writes it.
std::optional<std::uint32_t> parse_requester(const std::string& text) {
  const std::size_t colon = text.find(':');
  const std::size_t point = text.find('.');
  if (colon == std::string::npos || point == std::string::npos || point < colon)
    return std::nullopt;
  const auto bus = parse_unsigned("0x" + text.substr(0, colon));
  const auto device = parse_unsigned("0x" + text.substr(colon + 1, point - colon - 1));
  const auto function = parse_unsigned("0x" + text.substr(point + 1));
  if (!bus || !device || !function || *bus > 0xFF || *device > 0x1F || *function > 7)
    return std::nullopt;
  return static_cast<std::uint32_t>(*bus << 8 | *device << 3 | *function);
}

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

void read_workload(TomlTable workload, ScenarioFile& file) {
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

/// One of the keys at_time and at_cycle.
template <typename Injected>
void read_moment(TomlTable& table, Injected& injected) {
  injected.place = table.place();
  injected.at_time_ps = table.duration("at_time");
  injected.at_cycle = table.number("at_cycle");
  if (injected.at_time_ps.has_value() == injected.at_cycle.has_value())
    table.fail("at_time", "says with key 'at_cycle' when it happens; allowed: one of the two");
}

ScenarioFile::Injection read_dma_write(TomlTable& table) {
  ScenarioFile::Injection injection;
  const std::string requester = table.need_text("requester");
  const auto id = parse_requester(requester);
  if (!id)
    table.fail("requester", fmt::format("'{}' is not a PCI function; allowed: "
                                        "bus:device.function in hexadecimal, as \"03:00.0\"",
                                        requester));
  injection.requester = *id;
  read_moment(table, injection);
  injection.address = table.need_number("address", 0, kPhysicalLimit);
  injection.bytes = table.need_bytes("bytes");
  if (injection.bytes.empty() || injection.bytes.size() > kMostInjectedBytes)
    table.fail("bytes", fmt::format("holds {} bytes; allowed: 1..{}", injection.bytes.size(),
                                    kMostInjectedBytes));
  return injection;
}

std::uint32_t read_cpu(TomlTable& table) {
  return static_cast<std::uint32_t>(table.need_number("cpu", 0, kMostCpus - 1));
}

/// Of a CPU's core or of a package, whichever key is there.
void read_temperature(TomlTable& table, CpuStimulus& what) {
  const bool package = table.has("package");
  if (package == table.has("cpu"))
    table.fail("cpu", "says with key 'package' what gets warm; allowed: one of the two");
  what.kind =
      package ? CpuStimulus::Kind::package_temperature : CpuStimulus::Kind::core_temperature;
  what.target = package ? static_cast<std::uint32_t>(table.need_number("package", 0, kMostCpus - 1))
                        : read_cpu(table);
  what.value = static_cast<std::uint32_t>(table.need_number("celsius", 0, kHottest));
}

void read_prochot(TomlTable& table, CpuStimulus& what) {
  what.kind = CpuStimulus::Kind::prochot;
  what.target = static_cast<std::uint32_t>(table.need_number("package", 0, kMostCpus - 1));
  what.value = table.flag("asserted").value_or(true) ? 1 : 0;
}

void read_error(TomlTable& table, CpuStimulus::Kind kind, CpuStimulus& what) {
  what.kind = kind;
  what.target = read_cpu(table);
  what.bank = static_cast<std::uint32_t>(table.need_number("bank", 0, machine_check_banks - 1));
  what.value = static_cast<std::uint32_t>(table.need_number("code", 0, 0xFFFF));
}

enum class InjectionKind { dma_write, temperature, prochot, corrected_error, uncorrected_error };

void read_injection(TomlTable table, ScenarioFile& file) {
  static const std::vector<std::pair<std::string, InjectionKind>> kinds = {
      {"dma_write", InjectionKind::dma_write},
      {"temperature", InjectionKind::temperature},
      {"prochot", InjectionKind::prochot},
      {"corrected_error", InjectionKind::corrected_error},
      {"uncorrected_error", InjectionKind::uncorrected_error}};
  const InjectionKind kind = table.need_choice("kind", kinds);
  if (kind == InjectionKind::dma_write) {
    file.injections.push_back(read_dma_write(table));
    return;
  }
  ScenarioFile::Stimulus stimulus;
  read_moment(table, stimulus);
  if (kind == InjectionKind::temperature) read_temperature(table, stimulus.what);
  if (kind == InjectionKind::prochot) read_prochot(table, stimulus.what);
  if (kind == InjectionKind::corrected_error)
    read_error(table, CpuStimulus::Kind::corrected_error, stimulus.what);
  if (kind == InjectionKind::uncorrected_error)
    read_error(table, CpuStimulus::Kind::uncorrected_error, stimulus.what);
  file.stimuli.push_back(stimulus);
}

void read_expect(TomlTable expect, ScenarioFile& file) {
  file.expected_outcome = expect.choice("outcome", outcome_names());
  if (const auto code = expect.number("exit_code", 0, 255))
    file.expected_exit_code = static_cast<std::uint32_t>(*code);
}

void read_firmware(TomlTable firmware, const std::filesystem::path& path, ScenarioFile& file) {
  if (const auto cpus = firmware.text("x2apic"))
    file.handover = ApicHandover{*cpus, firmware.place("x2apic")};
  file.firmware = read_firmware_overrides(firmware, path.parent_path());
  // A cure may take back all that the scenario did that it cures.
  if (!file.cures && !file.handover && !changes_tables(*file.firmware))
    firmware.fail("changes nothing; allowed: acpidump, replace, remove, x2apic");
}

ScenarioFile read_document(TomlDocument document, const std::filesystem::path& path,
                           const std::vector<std::string>& overrides) {
  for (const std::string& assignment : overrides) document.set(assignment);
  auto root = document.root();
  for (const char* key :
       {"title", "cures", "machine", "cpus", "memory", "machine_set", "x2apic", "seed", "cpu",
        "firmware", "kernel", "workload", "run", "timing_entries", "inject", "expect"})
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

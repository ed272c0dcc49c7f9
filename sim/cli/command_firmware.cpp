#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <thread>

#include "models/firmware/firmware_error.h"
#include "sim/cli/commands.h"
#include "sim/cli/exit_status.h"
#include "sim/cli/firmware_boots.h"
#include "sim/cli/firmware_help.h"
#include "sim/cli/locations.h"
#include "sim/cli/options.h"
#include "sim/cli/run_pool.h"
#include "sim/firmware_check/json_view.h"
#include "sim/firmware_check/rule.h"
#include "sim/firmware_check/text_view.h"
#include "sim/scenario/nearest.h"

namespace apicsim {

namespace {

namespace po = boost::program_options;
using Json = nlohmann::ordered_json;

/// Parameters that decide about interrupt remapping, DMA remapping and the APICs' mode.
const char* const kDecisive[] = {"",
                                 "intremap=off",
                                 "intremap=nosid",
                                 "intremap=no_x2apic_optout",
                                 "nox2apic",
                                 "nox2apic intremap=off",
                                 "x2apic_phys",
                                 "intel_iommu=on",
                                 "intel_iommu=off",
                                 "intel_iommu=on iommu=pt",
                                 "iommu=off",
                                 "noapic",
                                 "nosmp",
                                 "pci=nomsi"};

struct Request {
  std::vector<std::string> files;
  MachineGuess guess;
  BootOptions boots;
  std::string scenario;
  bool brief = false;
  bool json = false;
  bool colour = false;
};

/// What is found out about one machine.
struct MachineResult {
  std::vector<Finding> findings;
  std::vector<std::string> assumptions;
  std::vector<BootVerdict> verdicts;
  std::string not_booted;  ///< why no kernel was booted; empty when some were
};

po::options_description option_list() {
  po::options_description options;
  const auto text = [] { return po::value<std::string>(); };
  const auto texts = [] { return po::value<std::vector<std::string>>()->composing(); };
  options.add_options()("help,h", "")("kernel", text()->default_value("all"), "")(
      "cmdline", texts(), "")("what-if", "")("e820", text(), "")("cpu", text(), "")(
      "cap", text(), "")("ecap", text(), "")("set", texts(), "")("max-time", text(), "")(
      "write-scenario", text(), "")("brief", "")("json", "")("rules", "")("jobs", text(), "")(
      "configs", text()->default_value(""), "");
  return options;
}

std::uint64_t number_option(const po::variables_map& values, const char* name,
                            std::uint64_t standard) {
  if (values.count(name) == 0) return standard;
  const auto& text = values[name].as<std::string>();
  char* end = nullptr;
  errno = 0;
  const std::uint64_t value = std::strtoull(text.c_str(), &end, 0);
  const bool digit = !text.empty() && text[0] >= '0' && text[0] <= '9';
  if (!digit || *end != '\0' || errno != 0)
    throw UsageError(
        fmt::format("apicsim firmware: --{} is '{}'; allowed: a number of up to 64 "
                    "bits, as 0xf020fe",
                    name, text));
  return value;
}

/// The images that "3.2,6.1" names.
std::vector<std::string> chosen_kernels(const std::string& list,
                                        const std::vector<std::string>& images) {
  if (list == "none") return {};
  if (list == "all") return images;
  std::vector<std::string> chosen;
  std::istringstream names(list);
  for (std::string name; std::getline(names, name, ',');) {
    const std::string image = name.rfind("guest-", 0) == 0 ? name : "guest-" + name;
    if (std::find(images.begin(), images.end(), image) == images.end())
      throw UsageError(
          fmt::format("apicsim firmware: --kernel: there is no '{}'; allowed: all, "
                      "none, {}",
                      name, join_names(images)));
    if (std::find(chosen.begin(), chosen.end(), image) == chosen.end()) chosen.push_back(image);
  }
  if (chosen.empty()) throw UsageError("apicsim firmware: --kernel names no kernel");
  return chosen;
}

std::vector<std::string> command_lines(const po::variables_map& values) {
  std::vector<std::string> lines;
  if (values.count("what-if") != 0) lines.assign(std::begin(kDecisive), std::end(kDecisive));
  if (values.count("cmdline") != 0)
    for (const auto& line : values["cmdline"].as<std::vector<std::string>>())
      if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(line);
  if (lines.empty()) lines.emplace_back();
  return lines;
}

std::string text_of(const po::variables_map& values, const char* name) {
  return values.count(name) == 0 ? std::string() : values[name].as<std::string>();
}

BootOptions boot_options(const po::variables_map& values) {
  BootOptions boots;
  boots.paths = program_locations(values["configs"].as<std::string>());
  boots.kernels = chosen_kernels(values["kernel"].as<std::string>(), kernel_images(boots.paths));
  boots.command_lines = command_lines(values);
  if (values.count("set") != 0) boots.overrides = values["set"].as<std::vector<std::string>>();
  boots.max_time = text_of(values, "max-time");
  boots.jobs = number_option(values, "jobs", std::max(1U, std::thread::hardware_concurrency()));
  boots.progress = isatty(STDERR_FILENO) == 1;
  return boots;
}

Request make_request(const po::variables_map& values) {
  Request request;
  if (values.count("file") == 0)
    throw UsageError("apicsim firmware: which tables? 'apicsim firmware --help' explains");
  request.files = values["file"].as<std::vector<std::string>>();
  if (values.count("e820") != 0) request.guess.map = read_memory_map(text_of(values, "e820"));
  if (values.count("cpu") != 0) request.guess.cpu = text_of(values, "cpu");
  request.guess.cap = number_option(values, "cap", request.guess.cap);
  request.guess.ecap = number_option(values, "ecap", request.guess.ecap);
  request.boots = boot_options(values);
  request.scenario = text_of(values, "write-scenario");
  request.brief = values.count("brief") != 0;
  request.json = values.count("json") != 0;
  request.colour = isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
  return request;
}

void boot(const TableSet& set, const Request& request, MachineResult& result) {
  try {
    const DerivedMachine machine = derive_machine(set, request.guess);
    result.assumptions = machine.assumptions;
    result.verdicts = boot_kernels(machine, request.boots);
  } catch (const FirmwareError& error) {
    result.not_booted = error.what();
  }
}

MachineResult examine(const TableSet& set, const Request& request) {
  MachineResult result;
  result.findings = check_tables({set, request.guess.map});
  if (request.boots.kernels.empty())
    result.not_booted = "no kernel was asked for";
  else
    boot(set, request, result);
  return result;
}

void print_kernels(const Request& request, const MachineResult& result) {
  fmt::print("\nWhat the modelled kernels decide\n");
  if (!result.not_booted.empty()) {
    fmt::print("  not booted: {}\n", result.not_booted);
    return;
  }
  fmt::print("{}", verdicts_text(result.verdicts, !request.brief));
  fmt::print("\n  assumed of the machine:\n");
  for (const std::string& assumption : result.assumptions)
    fmt::print("  - {}\n", wrapped(assumption, 4));
}

void print_text(const TableSet& set, const Request& request, const MachineResult& result) {
  fmt::print("{}\n{}", set.name, table_list(set));
  if (!request.brief)
    for (const DecodedTable& table : set.tables) fmt::print("\n{}", table_text(table));
  const std::size_t defects = count_defects(result.findings);
  const std::size_t notes = result.findings.size() - defects;
  fmt::print("\nFindings: {} defect{}, {} note{}\n{}", defects, defects == 1 ? "" : "s", notes,
             notes == 1 ? "" : "s", findings_text(result.findings, request.colour));
  if (!request.boots.kernels.empty()) print_kernels(request, result);
  std::fflush(stdout);
}

Json machine_json(const TableSet& set, const Request& request, const MachineResult& result) {
  Json json = {{"name", set.name}, {"skipped", set.skipped}};
  Json& tables = json["tables"] = Json::array();
  if (!request.brief)
    for (const DecodedTable& table : set.tables) tables.push_back(table_json(table));
  json["findings"] = findings_json(result.findings);
  json["defects"] = count_defects(result.findings);
  json["not_booted"] = result.not_booted.empty() ? Json(nullptr) : Json(result.not_booted);
  json["assumptions"] = result.assumptions;
  json["boots"] = verdicts_json(result.verdicts);
  return json;
}

void save_scenario(const std::vector<TableSet>& sets, const Request& request) {
  if (request.scenario.empty()) return;
  if (sets.size() != 1)
    throw UsageError(
        fmt::format("apicsim firmware: --write-scenario goes with the tables of one "
                    "machine; these are of {}",
                    sets.size()));
  if (request.boots.kernels.empty())
    throw UsageError("apicsim firmware: --write-scenario needs a kernel; --kernel names it");
  write_scenario(derive_machine(sets[0], request.guess), request.scenario,
                 "The tables of " + sets[0].name, request.boots, request.boots.kernels.back(),
                 request.boots.command_lines.back());
}

int print_rules() {
  for (const Rule& rule : all_rules())
    fmt::print("{:<28} {:<8} {}\n{:<37} {}\n{:<37} -> {}\n", rule.id, severity_name(rule.severity),
               rule.section, "", rule.text, "", rule.consequence);
  return exit_ok;
}

int examine_all(const Request& request) {
  const std::vector<TableSet> sets = read_table_sets(request.files);
  save_scenario(sets, request);
  std::size_t defects = 0;
  Json machines = Json::array();
  for (const TableSet& set : sets) {
    if (request.boots.progress && sets.size() > 1)
      fmt::print(stderr, "\r\033[K{} of {}: {}\n", &set - sets.data() + 1, sets.size(), set.name);
    const MachineResult result = examine(set, request);
    defects += count_defects(result.findings);
    if (request.json)
      machines.push_back(machine_json(set, request, result));
    else
      print_text(set, request, result);
    if (!request.json && &set != &sets.back()) fmt::print("\n");
  }
  if (request.json) {
    const Json json = {{"format", "apicsim-firmware"}, {"version", 1}, {"machines", machines}};
    fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
  }
  return defects == 0 ? exit_ok : exit_defects_found;
}

}  // namespace

int command_firmware(const std::vector<std::string>& arguments) {
  const auto values = parse_options("firmware", arguments, option_list(), "file", -1);
  if (values.count("help") != 0) {
    fmt::print("{}", firmware_help);
    return exit_ok;
  }
  if (values.count("rules") != 0) return print_rules();
  try {
    return examine_all(make_request(values));
  } catch (const RunPoolInterrupted&) {
    return exit_interrupted;
  }
}

}  // namespace apicsim

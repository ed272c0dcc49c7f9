#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <thread>

#include "sim/cli/commands.h"
#include "sim/cli/comparison_run.h"
#include "sim/cli/exit_status.h"
#include "sim/cli/options.h"
#include "sim/cli/output_file.h"
#include "sim/cli/run_pool.h"
#include "sim/report/comparison_report.h"

namespace apicsim {

namespace {

namespace po = boost::program_options;

const char* const kHelp = R"(Runs scenarios and puts their figures side by side.

Usage: apicsim compare A B... [--set KEY=VALUE]... [OPTIONS]
       apicsim compare A --vary KEY=[VALUE, ...]... [--set KEY=VALUE]... [OPTIONS]

The first scenario, or the first value of every varied key, is what the others are compared with.
Each configuration runs in a process of its own. The table has a row for everything that the guest
measured (median and 99th percentile), for time, instructions, interrupts, IPIs, allocations and
DMA; the columns are the configurations and their ratio to the first. See docs/compare.md.

Options:
  --vary KEY=[V,..]  one configuration per value; several --vary give all combinations.
                     KEY+=[V,..] adds words to the scenario's text instead
  --set KEY=VALUE    overrides a key in all configurations, as for 'apicsim run'
  --bands none       runs each configuration once
          all        runs each three times: also with all assumed entries of its timing profile at
                     the lower, and at the upper end of their bands (the default)
          entries    finds out, too, which assumed entries move which rows; takes many runs
  --jobs N           runs side by side (as many as this host has processors)
  --json FILE        writes the comparison as JSON
  --csv FILE         writes it as comma-separated values
  --quiet            shows no progress
  --configs FOLDER   takes machines, timing profiles and scenarios from there
  -h, --help         shows this text

Examples:
  apicsim compare apic-xapic apic-x2apic
  apicsim compare freelist-gpf freelist-gpf-fixed --bands none
  apicsim compare qemu-q35/slub-traffic --vary kernel.cmdline+='["", "nox2apic"]'
  apicsim compare qemu-q35/slub-traffic --vary cpus='[1, 2, 4]' --bands none --csv cpus.csv

Exit status: 0 when every run finished, or ended as its scenario expects; that of the first run that
did not; 2 for bad input; 130 after Ctrl-C. Output files are written in any case but the last two.
)";

const std::vector<std::pair<std::string, BandMode>> kBands = {
    {"none", BandMode::none}, {"all", BandMode::all}, {"entries", BandMode::entries}};

po::options_description option_list() {
  po::options_description options;
  const auto text = [] { return po::value<std::string>(); };
  const auto texts = [] { return po::value<std::vector<std::string>>()->composing(); };
  options.add_options()("help,h", "")("set", texts(), "")("vary", texts(), "")(
      "bands", text()->default_value("all"), "")("jobs", text(), "")("json", text(), "")(
      "csv", text(), "")("quiet", "")("configs", text()->default_value(""), "");
  return options;
}

std::vector<std::string> list_of(const po::variables_map& values, const char* name) {
  if (values.count(name) == 0) return {};
  return values[name].as<std::vector<std::string>>();
}

BandMode band_mode(const std::string& name) {
  for (const auto& [known, mode] : kBands)
    if (name == known) return mode;
  throw UsageError("apicsim compare: --bands " + name + "; allowed: none, all, entries");
}

std::size_t job_count(const po::variables_map& values) {
  constexpr std::size_t most = 1024;
  if (values.count("jobs") == 0) return std::max(1u, std::thread::hardware_concurrency());
  const auto& text = values["jobs"].as<std::string>();
  char* end = nullptr;
  const unsigned long count = std::strtoul(text.c_str(), &end, 10);
  if (text.empty() || *end != '\0' || text[0] == '-' || count == 0 || count > most)
    throw UsageError(fmt::format("apicsim compare: --jobs {}; allowed: 1..{}", text, most));
  return count;
}

std::unique_ptr<OutputFile> open_output(const po::variables_map& values, const char* name) {
  if (values.count(name) == 0) return nullptr;
  const auto& path = values[name].as<std::string>();
  if (path.empty()) throw UsageError(fmt::format("apicsim compare: --{} needs a file name", name));
  return std::make_unique<OutputFile>(path);
}

ComparisonRequest make_request(const po::variables_map& values) {
  ComparisonRequest request;
  request.variants =
      make_variants(list_of(values, "scenario"), list_of(values, "set"), list_of(values, "vary"));
  request.configs = values["configs"].as<std::string>();
  request.bands = band_mode(values["bands"].as<std::string>());
  request.jobs = job_count(values);
  request.progress = values.count("quiet") == 0 && isatty(STDERR_FILENO) == 1;
  return request;
}

void write(const std::unique_ptr<OutputFile>& file, const std::string& text) {
  if (file == nullptr) return;
  file->stream() << text;
  file->commit();
}

int exit_status(const Comparison& comparison) {
  for (const ComparedRun& run : comparison.runs)
    if (!run.figures.as_expected) return run.figures.exit_status;
  return exit_ok;
}

}  // namespace

int command_compare(const std::vector<std::string>& arguments) {
  const auto values = parse_options("compare", arguments, option_list(), "scenario", -1);
  if (values.count("help") != 0) {
    fmt::print("{}", kHelp);
    return exit_ok;
  }
  const ComparisonRequest request = make_request(values);
  const auto json = open_output(values, "json");
  const auto csv = open_output(values, "csv");
  try {
    const Comparison comparison = run_comparison(request);
    write(json, comparison_json(comparison));
    write(csv, comparison_csv(comparison));
    const bool colour = isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
    fmt::print("{}", comparison_text(comparison, colour));
    return exit_status(comparison);
  } catch (const ComparisonError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return error.status();
  } catch (const RunPoolInterrupted&) {
    fmt::print(stderr, "apicsim compare: interrupted\n");
    return exit_interrupted;
  }
}

}  // namespace apicsim

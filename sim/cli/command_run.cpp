#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "sim/cli/commands.h"
#include "sim/cli/exit_status.h"
#include "sim/cli/locations.h"
#include "sim/cli/options.h"
#include "sim/cli/simulation.h"

namespace apicsim {

namespace {

namespace po = boost::program_options;

const char* const kHelp = R"(Runs a scenario and reports how it ended.

Usage: apicsim run SCENARIO [--set KEY=VALUE]... [--json FILE] [--trace FILE] [--console FILE]
                            [--quiet] [--configs FOLDER]

SCENARIO is a file (*.toml), or a name that 'apicsim list' shows; the machine's part of the name
may be left out where the rest is unique. The guest's serial console goes to standard output, then
follows the summary.

Options:
  --set KEY=VALUE   overrides a key of the scenario, written as in the file; may be repeated
  --json FILE       writes the summary as JSON
  --trace FILE      writes all events; 'apicsim trace FILE' shows them as text
  --console FILE    writes the guest's serial output, byte for byte
  --quiet           shows neither console nor progress, only the summary
  --configs FOLDER  takes machines, timing profiles and scenarios from there
  -h, --help        shows this text

Examples:
  apicsim run hp-dl360p-gen8/freelist-gpf
  apicsim run slub-traffic --json result.json --trace events.trace
  apicsim run my-scenario.toml --set run.max_time=2s --set kernel.cmdline="nox2apic"
  apicsim run qemu-q35/boot --set cpus=8 --set memory=2GiB --quiet

Output files are complete or not there. Ctrl-C ends the run with a valid report.

Exit status:
  0    the guest finished
  1    internal error of the simulator
  2    bad input: option, scenario, machine, image or output file; one line says what is wrong
  3    the guest reported an oops or a panic
  4    the limit of simulated time or cycles was reached
  5    triple fault: a CPU shut down
  6    hardware that is not modelled was touched (unmodelled = "report" goes on instead)
  7    the guest reported that its workload failed
  8    dead end: every CPU sleeps and nothing can wake one
  9    the run did not end as the scenario expects
  130  interrupted (Ctrl-C)
)";

po::options_description option_list() {
  po::options_description options;
  const auto text = [] { return po::value<std::string>(); };
  // po::value: options that may be repeated take one value each time.
  options.add_options()("help,h", "")("set", po::value<std::vector<std::string>>()->composing(),
                                      "")("json", text(), "")("trace", text(), "")(
      "console", text(), "")("quiet", "")("configs", text()->default_value(""), "");
  return options;
}

std::optional<std::filesystem::path> path_option(const po::variables_map& values,
                                                 const char* name) {
  if (values.count(name) == 0) return std::nullopt;
  const auto& path = values[name].as<std::string>();
  if (path.empty()) throw UsageError(fmt::format("apicsim run: --{} needs a file name", name));
  return path;
}

bool is_plain_terminal(int descriptor) {
  return isatty(descriptor) == 1 && std::getenv("NO_COLOR") == nullptr;
}

RunRequest make_request(const po::variables_map& values) {
  RunRequest request;
  request.scenario = values["scenario"].as<std::vector<std::string>>().front();
  if (values.count("set") != 0) request.overrides = values["set"].as<std::vector<std::string>>();
  request.paths = program_locations(values["configs"].as<std::string>());
  request.json = path_option(values, "json");
  request.trace = path_option(values, "trace");
  request.console = path_option(values, "console");
  request.quiet = values.count("quiet") != 0;
  request.colour = is_plain_terminal(STDOUT_FILENO);
  request.progress = isatty(STDERR_FILENO) == 1;
  return request;
}

}  // namespace

int command_run(const std::vector<std::string>& arguments) {
  const auto values = parse_options("run", arguments, option_list(), "scenario", 1);
  if (values.count("help") != 0) {
    fmt::print("{}", kHelp);
    return exit_ok;
  }
  if (values.count("scenario") == 0)
    throw UsageError("apicsim run: which scenario? 'apicsim list' shows them");
  return simulate(make_request(values));
}

}  // namespace apicsim

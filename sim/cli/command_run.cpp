#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "sim/cli/commands.h"
#include "sim/cli/exit_status.h"
#include "sim/cli/locations.h"
#include "sim/cli/options.h"
#include "sim/cli/run_help.h"
#include "sim/cli/simulation.h"

namespace apicsim {

namespace {

namespace po = boost::program_options;

/// Options with a value that only make sense with --image.
const char* const kImageOptions[] = {"cpus", "memory",  "append", "initrd",  "x2apic",
                                     "cpu",  "machine", "timing", "max-time"};

po::options_description option_list() {
  po::options_description options;
  const auto text = [] { return po::value<std::string>(); };
  // po::value: options that may be repeated take one value each time.
  options.add_options()("help,h", "")("set", po::value<std::vector<std::string>>()->composing(),
                                      "")("json", text(), "")("trace", text(), "")(
      "console", text(), "")("quiet", "")("configs", text()->default_value(""), "");
  options.add_options()("image", text(), "")("summary", "");
  for (const char* name : kImageOptions) options.add_options()(name, text(), "");
  return options;
}

std::optional<std::filesystem::path> path_option(const po::variables_map& values,
                                                 const char* name) {
  if (values.count(name) == 0) return std::nullopt;
  const auto& path = values[name].as<std::string>();
  if (path.empty()) throw UsageError(fmt::format("apicsim run: --{} needs a file name", name));
  return path;
}

std::optional<std::string> text_option(const po::variables_map& values, const char* name) {
  if (values.count(name) == 0) return std::nullopt;
  return values[name].as<std::string>();
}

std::optional<bool> switch_option(const po::variables_map& values, const char* name) {
  const auto text = text_option(values, name);
  if (!text) return std::nullopt;
  if (*text != "on" && *text != "off")
    throw UsageError(fmt::format("apicsim run: --{} is '{}'; allowed: on, off", name, *text));
  return *text == "on";
}

ImageRun image_run(const po::variables_map& values) {
  ImageRun run;
  run.image = path_option(values, "image")->string();
  run.machine = text_option(values, "machine").value_or("");
  run.cpu = text_option(values, "cpu").value_or("");
  run.cpus = text_option(values, "cpus");
  run.memory = text_option(values, "memory");
  run.x2apic = switch_option(values, "x2apic");
  run.command_line = text_option(values, "append").value_or("");
  if (const auto modules = text_option(values, "initrd")) run.modules = split_modules(*modules);
  run.timing = text_option(values, "timing");
  run.max_time = text_option(values, "max-time");
  return run;
}

bool is_plain_terminal(int descriptor) {
  return isatty(descriptor) == 1 && std::getenv("NO_COLOR") == nullptr;
}

RunRequest make_request(const po::variables_map& values) {
  RunRequest request;
  if (values.count("image") != 0)
    request.image_run = image_run(values);
  else
    request.scenario = values["scenario"].as<std::vector<std::string>>().front();
  if (values.count("set") != 0) request.overrides = values["set"].as<std::vector<std::string>>();
  request.paths = program_locations(values["configs"].as<std::string>());
  request.json = path_option(values, "json");
  request.trace = path_option(values, "trace");
  request.console = path_option(values, "console");
  request.quiet = values.count("quiet") != 0;
  request.summary = !request.image_run || values.count("summary") != 0;
  request.colour = is_plain_terminal(STDOUT_FILENO);
  request.progress = isatty(STDERR_FILENO) == 1;
  return request;
}

void check_options(const po::variables_map& values) {
  const bool scenario = values.count("scenario") != 0;
  if (values.count("image") != 0) {
    if (scenario) throw UsageError("apicsim run: a scenario and --image; allowed: one of the two");
    return;
  }
  if (!scenario)
    throw UsageError("apicsim run: which scenario? 'apicsim list' shows them; or --image FILE");
  for (const char* name : kImageOptions)
    if (values.count(name) != 0)
      throw UsageError(fmt::format(
          "apicsim run: --{} goes with --image; a scenario takes --set KEY=VALUE", name));
}

/// Every odd status belongs to the image, 1 included.
int simulate_image(const RunRequest& request) {
  int status = exit_ok;
  const int error = report_errors([&] {
    status = simulate(request);
    return exit_ok;
  });
  if (error == exit_ok) return status;
  return error == exit_internal_error ? exit_image_internal : error;
}

}  // namespace

int command_run(const std::vector<std::string>& arguments) {
  const auto values = parse_options("run", arguments, option_list(), "scenario", 1);
  if (values.count("help") != 0) {
    fmt::print("{}", run_help);
    return exit_ok;
  }
  check_options(values);
  const RunRequest request = make_request(values);
  return request.image_run ? simulate_image(request) : simulate(request);
}

}  // namespace apicsim

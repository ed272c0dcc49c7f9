#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "sim/cli/commands.h"
#include "sim/cli/exit_status.h"
#include "sim/cli/locations.h"
#include "sim/cli/options.h"
#include "sim/scenario/place.h"
#include "sim/scenario/scenario_file.h"

namespace apicsim {

namespace {

namespace po = boost::program_options;

const char* const kHelp = R"(Lists the scenarios that can be run by name.

Usage: apicsim list [--configs FOLDER]

Each line is the name for 'apicsim run' and the scenario's title.

)";

}  // namespace

int command_list(const std::vector<std::string>& arguments) {
  po::options_description options("Options");
  options.add_options()("help,h", "show this text")(
      "configs", po::value<std::string>()->default_value(""), "folder with the configurations");
  const auto values = parse_options("list", arguments, options, "", 0);
  if (values.count("help") != 0) {
    fmt::print("{}", kHelp);
    return exit_ok;
  }
  const auto configs = program_locations(values["configs"].as<std::string>()).configs;
  const auto names = list_scenarios(configs);
  if (names.empty()) throw ScenarioError(configs.string() + ": holds no scenarios");
  std::size_t width = 0;
  for (const std::string& name : names) width = std::max(width, name.size());
  for (const std::string& name : names)
    fmt::print("{:<{}}  {}\n", name, width, read_scenario_title(configs / (name + ".toml")));
  return exit_ok;
}

}  // namespace apicsim

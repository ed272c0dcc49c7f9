#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "sim/cli/catalogue.h"
#include "sim/cli/commands.h"
#include "sim/cli/exit_status.h"
#include "sim/cli/locations.h"
#include "sim/cli/options.h"
#include "sim/scenario/nearest.h"
#include "sim/scenario/place.h"

namespace apicsim {

namespace {

namespace po = boost::program_options;

const char* const kHelp = R"(Lists what scenarios and options can name, one line each.

Usage: apicsim list [KIND]... [--json] [--configs FOLDER]

KIND is machines, cpus, profiles (timing profiles), images (guest kernels), scenarios, or defects
(of firmware, with their parameters); without one all but the defects are listed. A scenario's line
says how it is timed, and whether 'apicsim regress' has a golden trace of it. One that cannot be
read is listed with its mistake; the exit status is then 2.

Options:
  --json            writes JSON
  --configs FOLDER  takes machines, timing profiles and scenarios from there
  -h, --help        shows this text

Examples:
  apicsim list
  apicsim list scenarios
  apicsim list machines profiles --json
)";

struct Kind {
  const char* name;
  std::vector<CatalogueItem> Catalogue::*items;
};

const Kind kKinds[] = {{"machines", &Catalogue::machines},   {"cpus", &Catalogue::cpus},
                       {"profiles", &Catalogue::profiles},   {"images", &Catalogue::images},
                       {"scenarios", &Catalogue::scenarios}, {"defects", &Catalogue::defects}};

/// The kinds that were asked for, each once, in the order of kKinds.
std::vector<Kind> wanted_kinds(const po::variables_map& values) {
  std::vector<std::string> names, known;
  for (const Kind& kind : kKinds) known.push_back(kind.name);
  if (values.count("kind") != 0) names = values["kind"].as<std::vector<std::string>>();
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const auto close = nearest_name(name, known);
    throw UsageError(fmt::format("apicsim list: unknown kind '{}'; allowed: {}{}", name,
                                 join_names(known),
                                 close ? fmt::format("; did you mean '{}'?", *close) : ""));
  }
  std::vector<Kind> kinds;
  for (const Kind& kind : kKinds)
    if ((names.empty() && kind.items != &Catalogue::defects) ||
        std::find(names.begin(), names.end(), kind.name) != names.end())
      kinds.push_back(kind);
  return kinds;
}

void print_items(const std::vector<CatalogueItem>& items, const std::string& indent, bool colour) {
  std::size_t name = 0, timing = 0;
  bool golden = false;
  for (const CatalogueItem& item : items) {
    name = std::max(name, item.name.size());
    timing = std::max(timing, item.timing.size());
    golden = golden || item.golden;
  }
  for (const CatalogueItem& item : items) {
    std::string line = fmt::format("{}{:<{}}  ", indent, item.name, name);
    if (timing != 0) line += fmt::format("{:<{}}  ", item.timing, timing);
    if (golden) line += item.golden ? "golden  " : "        ";
    const bool mark = colour && !item.readable;
    fmt::print("{}{}{}{}{}\n", line, mark ? "\033[31m" : "",
               item.readable ? "" : "cannot be read: ", item.about, mark ? "\033[0m" : "");
  }
}

void print_text(const Catalogue& catalogue, const std::vector<Kind>& kinds) {
  const bool colour = isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
  const bool single = kinds.size() == 1;
  for (const Kind& kind : kinds) {
    if (!single) fmt::print("{}{}:\n", &kind == &kinds.front() ? "" : "\n", kind.name);
    print_items(catalogue.*kind.items, single ? "" : "  ", colour);
  }
}

void print_json(const Catalogue& catalogue, const std::vector<Kind>& kinds) {
  using Json = nlohmann::ordered_json;
  Json json = {{"format", "apicsim-list"}, {"version", 1}};
  for (const Kind& kind : kinds) {
    Json& list = json[kind.name] = Json::array();
    for (const CatalogueItem& item : catalogue.*kind.items) {
      Json entry = {{"name", item.name}, {item.readable ? "about" : "error", item.about}};
      if (!item.cures.empty()) entry["cures"] = item.cures;
      if (!item.timing.empty()) entry["timing"] = item.timing;
      if (kind.items == &Catalogue::scenarios) entry["golden"] = item.golden;
      list.push_back(std::move(entry));
    }
  }
  fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
}

bool all_readable(const Catalogue& catalogue, const std::vector<Kind>& kinds) {
  for (const Kind& kind : kinds)
    for (const CatalogueItem& item : catalogue.*kind.items)
      if (!item.readable) return false;
  return true;
}

}  // namespace

int command_list(const std::vector<std::string>& arguments) {
  po::options_description options;
  options.add_options()("help,h", "")("json", "")("configs",
                                                  po::value<std::string>()->default_value(""), "");
  const auto values = parse_options("list", arguments, options, "kind", -1);
  if (values.count("help") != 0) {
    fmt::print("{}", kHelp);
    return exit_ok;
  }
  const std::vector<Kind> kinds = wanted_kinds(values);
  const ScenarioPaths paths = program_locations(values["configs"].as<std::string>());
  std::error_code error;
  if (!std::filesystem::is_directory(paths.configs, error))
    throw ScenarioError(paths.configs.string() + ": is not a folder with configurations");
  const Catalogue catalogue = read_catalogue(paths, traces_folder({}));
  if (values.count("json") != 0)
    print_json(catalogue, kinds);
  else
    print_text(catalogue, kinds);
  return all_readable(catalogue, kinds) ? exit_ok : exit_bad_input;
}

}  // namespace apicsim

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/catch.h"
#include "tests/cli/program.h"
#include "tests/scenario/temporary_folder.h"

using namespace apicsim::testing;

TEST_CASE("The option --help teaches with examples and lists every exit status") {
  const auto help = run_program({"--help"});
  CHECK(help.status == 0);
  CHECK(help.output.find("apicsim run hp-dl360p-gen8/freelist-gpf") != std::string::npos);
  const auto run = run_program({"run", "--help"});
  CHECK(run.status == 0);
  CHECK(run.output.find("Examples:") != std::string::npos);
  std::ifstream stream(APICSIM_SOURCE_DIR "/docs/exit-status.md");
  std::ostringstream documented;
  documented << stream.rdbuf();
  for (const char* status : {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "130"}) {
    INFO(status);
    CHECK(run.output.find(std::string("\n  ") + status + " ") != std::string::npos);
    CHECK(documented.str().find(std::string("\n| ") + status + " |") != std::string::npos);
  }
}

TEST_CASE("The option --version names the program and its SystemC") {
  const auto version = run_program({"--version"});
  CHECK(version.status == 0);
  CHECK(version.output.rfind("apicsim ", 0) == 0);
  CHECK(version.output.find("SystemC") != std::string::npos);
}

TEST_CASE("Every command explains itself with options and examples") {
  for (const char* command : {"run", "compare", "list", "regress", "trace"}) {
    INFO(command);
    const auto help = run_program({command, "--help"});
    CHECK(help.status == 0);
    CHECK(help.errors.empty());
    CHECK(help.output.find("Usage: apicsim " + std::string(command)) != std::string::npos);
    CHECK(help.output.find("Options:") != std::string::npos);
    CHECK(help.output.find("Examples:") != std::string::npos);
    CHECK(help.output.find("--help") != std::string::npos);
    std::istringstream lines(help.output);
    for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 100);
    CHECK(run_program({command, "-h"}).output == help.output);
  }
}

TEST_CASE("Every kind of thing in the repository is listed, one line each") {
  const auto list = run_program({"list"});
  INFO(list.errors);
  CHECK(list.status == 0);
  for (const char* line : {"machines:\n", "\ncpus:\n", "\nprofiles:\n", "\nimages:\n",
                           "\nscenarios:\n", "\n  hp-dl360p-gen8 ", "\n  xeon-e5-2680-v2 ",
                           "\n  ivybridge-ep ", "\n  hp-dl360p-gen8/freelist-gpf "}) {
    INFO(line);
    CHECK(list.output.find(line) != std::string::npos);
  }
}

TEST_CASE("A list of scenarios has a line with timing and title for each") {
  const auto list = run_program({"list", "scenarios"});
  CHECK(list.status == 0);
  std::istringstream lines(list.output);
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    CHECK(line.find('/') != std::string::npos);
    CHECK((line.find("  functional  ") != std::string::npos ||
           line.find("  timed  ") != std::string::npos ||
           line.find("  timed       ") != std::string::npos));
  }
}

TEST_CASE("The list as JSON has the kinds that were asked for") {
  const auto list = run_program({"list", "machines", "scenarios", "--json"});
  const auto json = nlohmann::json::parse(list.output);
  CHECK(json["format"] == "apicsim-list");
  CHECK_FALSE(json.contains("cpus"));
  CHECK(json["machines"][0]["name"] == "apple-macbook-pro-9");
  for (const auto& scenario : json["scenarios"]) {
    INFO(scenario);
    CHECK(scenario["golden"].is_boolean());
    CHECK_FALSE(scenario["about"].get<std::string>().empty());
  }
}

TEST_CASE("A scenario that cannot be read is listed with its mistake, and the status is 2") {
  const TemporaryFolder folder;
  folder.write("m/good.toml", "title = \"Good\"\nmachine = \"x\"\n[kernel]\nimage = \"guest\"\n");
  folder.write("m/bad.toml", "title = \"Bad\"\nmachin = \"x\"\n");
  const auto list = run_program({"list", "scenarios", "--configs", folder.path().string()});
  CHECK(list.status == 2);
  CHECK(list.output.find("m/good  functional  Good\n") != std::string::npos);
  CHECK(list.output.find("cannot be read: ") != std::string::npos);
  CHECK(list.output.find("unknown key; did you mean 'machine'?") != std::string::npos);
  const auto wrong = run_program({"list", "machine"});
  CHECK(wrong.status == 2);
  CHECK(wrong.errors ==
        "apicsim list: unknown kind 'machine'; allowed: machines, cpus, profiles, "
        "images, scenarios, defects; did you mean 'machines'?\n");
}

#include <fstream>
#include <sstream>

#include "tests/catch.h"
#include "tests/cli/program.h"

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

TEST_CASE("Every scenario of the repository is listed with its title") {
  const auto list = run_program({"list"});
  INFO(list.errors);
  CHECK(list.status == 0);
  std::istringstream lines(list.output);
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    CHECK(line.find("  ") != std::string::npos);
    CHECK(line.find('/') != std::string::npos);
  }
}

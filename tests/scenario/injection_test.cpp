#include <string>

#include "sim/scenario/scenario_file.h"
#include "tests/catch.h"

using namespace apicsim;

namespace {

ScenarioFile parse(const std::string& injection) {
  const std::string text =
      "title = \"t\"\nmachine = \"qemu-q35\"\n[kernel]\nimage = \"guest-3.13\"\n[workload]\n"
      "script = \"x\"\n[[inject]]\n" +
      injection;
  return parse_scenario(text, "a.toml", {});
}

std::string error_of(const std::string& injection) {
  try {
    parse(injection);
  } catch (const ScenarioError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("A temperature is that of a CPU's core or of a package") {
  const auto core = parse("kind = \"temperature\"\ncpu = 3\ncelsius = 96\nat_time = \"5us\"\n");
  REQUIRE(core.stimuli.size() == 1);
  CHECK(core.stimuli[0].what.kind == CpuStimulus::Kind::core_temperature);
  CHECK(core.stimuli[0].what.target == 3);
  CHECK(core.stimuli[0].what.value == 96);
  CHECK(core.stimuli[0].at_time_ps == 5'000'000);
  const auto package = parse("kind = \"temperature\"\npackage = 1\ncelsius = 20\nat_cycle = 7\n");
  CHECK(package.stimuli[0].what.kind == CpuStimulus::Kind::package_temperature);
  CHECK(package.stimuli[0].what.target == 1);
}

TEST_CASE("PROCHOT# is driven unless the scenario says that it no longer is") {
  const auto on = parse("kind = \"prochot\"\npackage = 0\nat_cycle = 7\n");
  CHECK(on.stimuli[0].what.value == 1);
  const auto off = parse("kind = \"prochot\"\npackage = 0\nasserted = false\nat_cycle = 7\n");
  CHECK(off.stimuli[0].what.value == 0);
}

TEST_CASE("A corrected error names its CPU, bank and code") {
  const auto file =
      parse("kind = \"corrected_error\"\ncpu = 0\nbank = 19\ncode = 0x150\nat_cycle = 7\n");
  CHECK(file.stimuli[0].what.bank == 19);
  CHECK(file.stimuli[0].what.value == 0x150);
}

TEST_CASE("Bad injections are one line with what is allowed") {
  CHECK(error_of("kind = \"heat\"\n")
            .find("unknown value 'heat'; allowed: dma_write, temperature, "
                  "prochot, corrected_error, uncorrected_error") != std::string::npos);
  CHECK(error_of("kind = \"temperature\"\ncelsius = 50\nat_cycle = 1\n")
            .find("says with key 'package' what gets warm; allowed: one of the two") !=
        std::string::npos);
  CHECK(error_of("kind = \"temperature\"\ncpu = 0\ncelsius = 201\nat_cycle = 1\n")
            .find("'inject[0].celsius': 201 is out of range; allowed: 0..200") !=
        std::string::npos);
  CHECK(error_of("kind = \"corrected_error\"\ncpu = 0\nbank = 20\ncode = 1\nat_cycle = 1\n")
            .find("'inject[0].bank': 20 is out of range; allowed: 0..19") != std::string::npos);
  CHECK(error_of("kind = \"prochot\"\npackage = 0\n").find("says with key 'at_cycle'") !=
        std::string::npos);
}

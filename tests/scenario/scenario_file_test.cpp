#include "sim/scenario/scenario_file.h"

#include <fstream>

#include "sim/scenario/scenario_paths.h"
#include "tests/catch.h"
#include "tests/scenario/temporary_folder.h"

using namespace apicsim;
using apicsim::testing::TemporaryFolder;

namespace {

const char* const kGood = R"(title = "Boots and stops"
machine = "qemu-q35"
cpus = 4
[kernel]
image = "guest-3.13"
cmdline = "console=ttyS0"
[workload]
script = "print hello"
[run]
max_time = "2s"
[[inject]]
kind = "dma_write"
requester = "03:00.1"
at_time = "1ms"
address = 0x1000
bytes = "00 ff"
[expect]
outcome = "finished"
)";

/// The good scenario with one line replaced; the error without the folder's name.
std::string error_with(const std::string& line, const std::string& instead,
                       const std::vector<std::string>& overrides = {}) {
  const TemporaryFolder folder;
  std::string text = kGood;
  const std::size_t at = text.find(line);
  REQUIRE(at != std::string::npos);
  text.replace(at, line.size(), instead);
  const auto path = folder.write("a.toml", text);
  try {
    read_scenario_file(path, overrides);
  } catch (const ScenarioError& error) {
    const std::string what = error.what();
    const std::string prefix = folder.path().string() + "/";
    return what.rfind(prefix, 0) == 0 ? what.substr(prefix.size()) : what;
  }
  return "no error";
}

}  // namespace

TEST_CASE("A scenario file gives what it says and nothing else") {
  const TemporaryFolder folder;
  const auto file = read_scenario_file(folder.write("a.toml", kGood), {"cpus=2", "memory=1GiB"});
  CHECK(file.title == "Boots and stops");
  CHECK(file.cpus == 2);
  CHECK(file.memory == 1ull << 30);
  CHECK(file.max_time_ps == 2'000'000'000'000);
  CHECK_FALSE(file.max_cycles.has_value());
  CHECK(file.expected_outcome == Outcome::finished);
  REQUIRE(file.injections.size() == 1);
  CHECK(file.injections[0].what.requester == (3u << 8 | 1));
  CHECK(file.injections[0].what.bytes == std::vector<std::uint8_t>{0x00, 0xFF});
}

TEST_CASE("Every bad key of a scenario is one line with its place and what is allowed") {
  CHECK(error_with("cpus = 4", "cpus = 0") ==
        "a.toml:3: key 'cpus': 0 is out of range; allowed: 1..4096");
  CHECK(error_with("cpus = 4", "cpus = \"four\"") ==
        "a.toml:3: key 'cpus': 'four' is not an integer; allowed: 1..4096");
  const std::string unknown = error_with("cpus = 4", "cpuss = 4");
  CHECK(unknown.find(
            "a.toml:3: key 'cpuss': unknown key; allowed: title, cures, machine, cpus, ") == 0);
  CHECK(unknown.find("; did you mean 'cpus'?") != std::string::npos);
  CHECK(error_with("image = ", "imagee = ") ==
        "a.toml:5: key 'kernel.imagee': unknown key; did you mean 'image'?");
  CHECK(error_with("[kernel]\nimage = \"guest-3.13\"\ncmdline = \"console=ttyS0\"\n", "") ==
        "a.toml:1: key 'kernel': is missing");
  CHECK(error_with("script = \"print hello\"", "") ==
        "a.toml:7: key 'workload': holds no workload; allowed: script or file");
  CHECK(
      error_with("script = \"print hello\"", "script = \"x\"\nfile = \"y\"") ==
      "a.toml:9: key 'workload.file': contradicts key 'workload.script'; allowed: one of the two");
  CHECK(error_with("max_time = \"2s\"", "max_time = 2") ==
        "a.toml:10: key 'run.max_time': is an integer; allowed: a string");
  CHECK(error_with("max_time = \"2s\"", "timing = \"cycle\"") ==
        "a.toml:10: key 'run.timing': unknown value 'cycle'; allowed: functional, timed");
  CHECK(error_with("max_time = \"2s\"", "unmodelled = \"reports\"") ==
        "a.toml:10: key 'run.unmodelled': unknown value 'reports'; allowed: stop, report; did you "
        "mean 'report'?");
  CHECK(error_with("requester = \"03:00.1\"", "requester = \"03:20.1\"") ==
        "a.toml:13: key 'inject[0].requester': '03:20.1' is no PCI function; allowed: "
        "bus:device.function in hexadecimal, such as 00:1f.2");
  CHECK(
      error_with("at_time = \"1ms\"\n", "") ==
      "a.toml:11: key 'inject[0].at_time': says with key 'at_cycle' when it happens; allowed: one "
      "of the two");
  CHECK(error_with("bytes = \"00 ff\"", "bytes = \"\"") ==
        "a.toml:16: key 'inject[0].bytes': holds 0 bytes; allowed: 1..4096");
  CHECK(error_with("outcome = \"finished\"", "outcome = \"finish\"")
            .find("a.toml:18: key 'expect.outcome': unknown value 'finish'; allowed: finished, "
                  "oops, ") == 0);
}

TEST_CASE("A bad --set names the option") {
  CHECK(error_with("", "", {"cpus=9999"}) ==
        "--set cpus=9999: key 'cpus': 9999 is out of range; allowed: 1..4096");
  const std::string unknown = error_with("", "", {"run.max_tim=1s"});
  CHECK(unknown.find("--set run.max_tim=1s: key 'run.max_tim': unknown key; allowed: timing, ") ==
        0);
  CHECK(unknown.find("; did you mean 'max_time'?") != std::string::npos);
}

TEST_CASE("A part of a --set key that holds a dot stands in quotes") {
  CHECK(error_with("", "", {"run.\"max_time\"=1s"}) == "no error");
  CHECK(error_with("", "", {"run.\"max.time\"=1s"}).find("key 'run.max.time': unknown key") !=
        std::string::npos);
  CHECK(error_with("", "", {"run.\"max=1s"}) ==
        "--set run.\"max=1s: is not an assignment; allowed: key=value");
}

TEST_CASE("The CPU's features are changed by cpu.features or by x2apic, not by both") {
  CHECK(error_with("cpus = 4", "x2apic = false\n[cpu]\nfeatures = \"-cx16\"") == "no error");
  CHECK(error_with("cpus = 4", "x2apic = false\n[cpu]\nfeatures = \"+x2apic\"") ==
        "a.toml:3: key 'x2apic': 'cpu.features' decides it, too; allowed: one of the two");
  CHECK(
      error_with("", "", {"cpu.features=-cx166"}) ==
      "--set cpu.features=-cx166: key 'cpu.features': unknown feature 'cx166'; names are those of "
      "/proc/cpuinfo; did you mean 'cx16'?");
}

TEST_CASE("A command line longer than the kernel's buffer is refused") {
  const std::string longest(2047, 'x');
  CHECK(error_with("console=ttyS0", longest) == "no error");
  CHECK(error_with("console=ttyS0", longest + "x") ==
        "a.toml:6: key 'kernel.cmdline': has 2048 characters; allowed: up to 2047");
}

TEST_CASE("Scenarios are found by path, by machine and name, and by a name that is unique") {
  const TemporaryFolder folder;
  folder.write("hp/crash.toml", kGood);
  folder.write("hp/boot.toml", kGood);
  folder.write("q35/boot.toml", kGood);
  folder.write("machines/q35.toml", "");
  const auto& configs = folder.path();
  CHECK(list_scenarios(configs) == std::vector<std::string>{"hp/boot", "hp/crash", "q35/boot"});
  CHECK(find_scenario("crash", configs) == configs / "hp/crash.toml");
  CHECK(find_scenario("q35/boot", configs) == configs / "q35/boot.toml");
  CHECK(find_scenario("./x.toml", configs) == "./x.toml");
  CHECK_THROWS_WITH(find_scenario("boot", configs),
                    "boot: several scenarios have this name; allowed: hp/boot, q35/boot");
  CHECK_THROWS_WITH(find_scenario("crush", configs),
                    "crush: no such scenario file, and none of this name in " + configs.string() +
                        "; did you mean 'crash'?");
}

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/catch.h"
#include "tests/cli/program.h"
#include "tests/cli/tiny_guest.h"

using namespace apicsim::testing;

namespace {

std::string contents(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

ProgramResult compare(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "compare");
  return run_program(arguments);
}

/// A guest that spends its time at a port, so that its profile's assumed latency shows.
std::vector<TinyGuest::Code> busy_with_port() {
  std::vector<TinyGuest::Code> code(100, TinyGuest::in(0x61));
  code.push_back(TinyGuest::exit(0));
  return code;
}

}  // namespace

TEST_CASE("Two scenarios side by side: rows, ratio, JSON and CSV, the same bytes every time") {
  const TinyGuest one({TinyGuest::nop(), TinyGuest::exit(0)});
  const TinyGuest other({TinyGuest::nop(), TinyGuest::nop(), TinyGuest::nop(), TinyGuest::exit(0)});
  std::string json, csv, text;
  for (int round = 0; round < 2; ++round) {
    const auto result = compare({one.scenario, other.scenario, "--json", one.file("c.json"),
                                 "--csv", one.file("c.csv"), "--jobs", round == 0 ? "1" : "4"});
    INFO(result.errors);
    CHECK(result.status == 0);
    CHECK(contains(result.output, "A  " + one.scenario + ": finished"));
    CHECK(contains(result.output, "B/A"));
    CHECK(result.output.find('\033') == std::string::npos);
    CHECK(result.errors.empty());
    if (round == 1) {
      CHECK(result.output == text);
      CHECK(contents(one.file("c.json")) == json);
      CHECK(contents(one.file("c.csv")) == csv);
    }
    text = result.output;
    json = contents(one.file("c.json"));
    csv = contents(one.file("c.csv"));
  }
  const auto parsed = nlohmann::json::parse(json);
  std::uint64_t instructions[2] = {};
  for (const auto& row : parsed["rows"])
    if (row["row"] == "instructions")
      for (int i = 0; i < 2; ++i) instructions[i] = row["values"][i]["value"];
  CHECK(instructions[0] == 4);
  CHECK(instructions[1] == 6);
  CHECK(contains(csv, "run,instructions,,count,4,4,4,6,6,6,1.500,1.500,1.500\r\n"));
}

TEST_CASE("Several --vary give every combination, the last key changing fastest") {
  const TinyGuest guest({TinyGuest::exit(0)});
  const auto result = compare({guest.scenario, "--vary", "cpus=[1, 2]", "--vary",
                               "kernel.cmdline=[\"\", \"x\"]", "--bands", "none"});
  INFO(result.errors);
  CHECK(result.status == 0);
  const std::string start = guest.scenario + " cpus=";
  CHECK(contains(result.output, "A  " + start + "1, kernel.cmdline=\"\": finished"));
  CHECK(contains(result.output, "B  " + start + "1, kernel.cmdline=\"x\": finished"));
  CHECK(contains(result.output, "C  " + start + "2, kernel.cmdline=\"\": finished"));
  CHECK(contains(result.output, "D  " + start + "2, kernel.cmdline=\"x\": finished"));
  CHECK(contains(result.output, "D/A"));
}

TEST_CASE("A row that rests on an assumed entry has a band, and --bands entries names the entry") {
  const TinyGuest guest(busy_with_port());
  const auto none = compare({guest.scenario, guest.scenario, "--bands", "none"});
  CHECK(contains(none.output, "No bands are shown"));
  CHECK_FALSE(contains(none.output, "[low, high]"));
  const auto all = compare({guest.scenario, guest.scenario, "--json", guest.file("c.json")});
  INFO(all.errors);
  CHECK(contains(all.output, "[low, high]"));
  CHECK(contains(all.output, "\n  latency: port_io, "));
  const auto json = nlohmann::json::parse(contents(guest.file("c.json")));
  for (const auto& row : json["rows"]) {
    if (row["row"] != "cycles") continue;
    const auto& value = row["values"][0];
    CHECK(value["low"].get<std::uint64_t>() < value["value"].get<std::uint64_t>());
    CHECK(value["high"].get<std::uint64_t>() > value["value"].get<std::uint64_t>());
    CHECK(row["ratios_thousandths"][1]["low"] == 1000);
    CHECK(row["ratios_thousandths"][1]["high"] == 1000);
  }
  const auto entries = compare({guest.scenario, guest.scenario, "--bands", "entries"});
  INFO(entries.output);
  CHECK(contains(entries.output, "\n  cycles: latency.port_io\n"));
  CHECK_FALSE(contains(entries.output, "instructions:"));
}

TEST_CASE(
    "An unexpected end of a run is shown and decides the exit status, an expected one is not") {
  const TinyGuest good({TinyGuest::exit(0)});
  TinyGuest bad({TinyGuest::exit(1)});
  auto result = compare({good.scenario, bad.scenario, "--bands", "none"});
  CHECK(result.status == 7);
  CHECK(contains(result.output, "guest_failed (unexpected)"));
  bad.write_scenario("[expect]\noutcome = \"guest_failed\"\n");
  result = compare({good.scenario, bad.scenario, "--bands", "none"});
  CHECK(result.status == 0);
}

TEST_CASE("A run that cannot start ends the comparison with its reason and leaves no file behind") {
  const TinyGuest guest({TinyGuest::exit(0)});
  const auto result = compare({guest.scenario, "--vary", "machine=[\"qemu-q35\", \"qemu-q36\"]",
                               "--json", guest.file("c.json")});
  CHECK(result.status == 2);
  CHECK(result.output.empty());
  CHECK(contains(result.errors, "apicsim compare: " + guest.scenario +
                                    " machine=\"qemu-q36\": the run ended with status 2: --set "
                                    "machine=\"qemu-q36\": key 'machine': there is no 'qemu-q36'"));
  CHECK(std::count(result.errors.begin(), result.errors.end(), '\n') == 1);
  CHECK_FALSE(std::filesystem::exists(guest.file("c.json")));
}

TEST_CASE("Wrong options of compare are one line each, with status 2") {
  const TinyGuest guest({TinyGuest::exit(0)});
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {guest.scenario},
      {guest.scenario, guest.scenario, "--vary", "cpus=[1]"},
      {guest.scenario, "--vary", "cpus"},
      {guest.scenario, "--vary", "cpus=1"},
      {guest.scenario, "--vary", "cpus=[]"},
      {guest.scenario, "--vary", "cpus=[1"},
      {guest.scenario, "--vary", "cpus=[1.5]"},
      {guest.scenario, "--vary", "cpus=[1]\nx=[2]"},
      {guest.scenario, "--vary", "cpus=[1]", "--vary", "cpus=[2]"},
      {guest.scenario, guest.scenario, "--bands", "some"},
      {guest.scenario, guest.scenario, "--jobs", "0"},
      {guest.scenario, guest.scenario, "--jobs", "many"},
      {guest.scenario, guest.scenario, "--json", ""},
      {guest.scenario, guest.scenario, "--csv", "/nonexistent/x.csv"},
      {guest.scenario, guest.scenario, "--no-such-option"},
  };
  for (const auto& arguments : wrong) {
    const auto result = compare(arguments);
    INFO(result.errors);
    CHECK(result.status == 2);
    CHECK(result.output.empty());
    CHECK(std::count(result.errors.begin(), result.errors.end(), '\n') == 1);
  }
}

TEST_CASE("Ctrl-C ends the runs of a comparison, too, with status 130 and no file") {
  TinyGuest guest({TinyGuest::spin()});
  guest.write_scenario("[run]\nmax_time = \"1000s\"\n");
  Program program({"compare", guest.scenario, guest.scenario, "--csv", guest.file("c.csv")});
  usleep(500'000);
  program.signal(SIGINT);
  const auto result = program.wait();
  CHECK(result.status == 130);
  CHECK_FALSE(std::filesystem::exists(guest.file("c.csv")));
}

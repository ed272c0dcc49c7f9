#include "sim/scenario/timing_profile.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "sim/scenario/scenario.h"
#include "sim/scenario/scenario_file.h"
#include "tests/catch.h"
#include "tests/scenario/temporary_folder.h"

using namespace apicsim;
using apicsim::testing::TemporaryFolder;

namespace {

constexpr std::uint64_t hz = 2'800'000'000;
const std::string folder = APICSIM_SOURCE_DIR "/configs/timing/";

std::string text_of(const std::string& name) {
  std::ifstream stream(folder + name);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// A shipped profile with one piece of its text replaced, beside the others.
struct Edited {
  Edited(const std::string& name, const std::string& piece, const std::string& instead) {
    for (const char* other : {"functional.toml", "sandybridge-ep.toml", "ivybridge-ep.toml"})
      files.write(other, text_of(other));
    std::string text = text_of(name);
    const std::size_t at = text.find(piece);
    REQUIRE(at != std::string::npos);
    path = files.write(name, text.replace(at, piece.size(), instead));
    line = std::to_string(1 + std::count(text.begin(), text.begin() + at, '\n'));
  }

  /// The error without the folder's name; "@" stands for the place of the edited line.
  std::string error(const std::vector<TimingOverride>& overrides = {}) const {
    try {
      load_timing_profile(path, hz, overrides);
    } catch (const ScenarioError& error) {
      std::string what = error.what();
      const std::string prefix = path.string() + ":" + line + ": ";
      if (what.rfind(prefix, 0) == 0) return "@ " + what.substr(prefix.size());
      const std::string place = files.path().string() + "/";
      return what.rfind(place, 0) == 0 ? what.substr(place.size()) : what;
    }
    return "no error";
  }

  TemporaryFolder files;
  std::filesystem::path path;
  std::string line;
};

std::string error_in_functional(const std::string& piece, const std::string& instead) {
  return Edited("functional.toml", piece, instead).error();
}
std::string error_in_timed(const std::string& piece, const std::string& instead) {
  return Edited("sandybridge-ep.toml", piece, instead).error();
}

const Latency& entry(const TimingProfile& profile, const std::string& name) {
  const auto found = std::find_if(profile.entries.begin(), profile.entries.end(),
                                  [&](const Latency& latency) { return latency.name == name; });
  REQUIRE(found != profile.entries.end());
  return *found;
}

TimingOverride set_number(const std::string& name, std::uint64_t number) {
  TimingOverride result;
  result.place = {"--set x", 0, 0};
  result.name = name;
  result.number = number;
  return result;
}
TimingOverride set_kind(const std::string& name, TimingOverride::Kind kind,
                        const std::string& text = "") {
  TimingOverride result = set_number(name, 0);
  result.kind = kind;
  result.text = text;
  return result;
}

std::string override_error(const TimingOverride& entry) {
  try {
    load_timing_profile(folder + "ivybridge-ep.toml", hz, {entry});
  } catch (const ScenarioError& error) {
    return error.what();
  }
  return "no error";
}

const char* const band = "kind = \"assumed\"\nlow = 10\nhigh = 200\n";

}  // namespace

TEST_CASE("Every shipped profile is complete, and each entry lies in its band and has a source") {
  for (const char* name : {"functional", "sandybridge-ep", "ivybridge-ep"}) {
    const auto profile = load_timing_profile(folder + name + ".toml", hz);
    CHECK(profile.cycles_per_instruction == 1);
    CHECK(profile.port_io == 2800);
    CHECK(profile.lookahead() == profile.ipi_same_core);
    CHECK(profile.timed == (std::string(name) != "functional"));
    for (const Latency& latency : profile.entries) {
      INFO(name << " " << latency.name);
      CHECK(latency.low <= latency.value);
      CHECK(latency.value <= latency.high);
      CHECK_FALSE(latency.source.empty());
    }
  }
}

TEST_CASE("A timed profile fills the core, the instructions and the caches") {
  const auto profile = load_timing_profile(folder + "sandybridge-ep.toml", hz);
  CHECK(profile.core.reorder_entries == 168);
  CHECK(profile.core.load_ports == 0x0C);
  CHECK(profile.core.l1_latency == profile.memory.l1_latency);
  CHECK(profile.memory.llc_ways == 20);
  CHECK(profile.memory.memory_local == 247);  // 88 ns at 2.8 GHz, rounded up
  CHECK_FALSE(profile.instructions.eliminates_moves);
  const InstructionCost& cmov = profile.instructions.of(InstructionClass::move_condition);
  CHECK(cmov.uops == 2);
  CHECK(cmov.latency == 2);
  CHECK(cmov.groups[0].ports == 0x23);
  CHECK(cmov.groups[1].ports == 0x21);
  const InstructionCost& divide = profile.instructions.of(InstructionClass::divide_32);
  CHECK(divide.groups[0].occupancy == 11);
  CHECK(divide.groups[1].count == 5);
}

TEST_CASE("A profile says what differs from its base and has the rest from it") {
  const auto sandy = load_timing_profile(folder + "sandybridge-ep.toml", hz);
  const auto ivy = load_timing_profile(folder + "ivybridge-ep.toml", hz);
  CHECK(sandy.instructions.of(InstructionClass::locked).latency >
        ivy.instructions.of(InstructionClass::locked).latency);
  CHECK(ivy.instructions.eliminates_moves);
  CHECK(ivy.core.issue_width == sandy.core.issue_width);
  CHECK(ivy.msi == load_timing_profile(folder + "functional.toml", hz).msi);
  CHECK(ivy.cstates.c3_exit < sandy.cstates.c3_exit);
  CHECK(entry(ivy, "memory.llc_slices").value == 10);
}

TEST_CASE("A bad entry of a profile is one line with place, key, what is wrong and allowed") {
  CHECK(error_in_functional("[latency.msi]", "[latency.mzi]") ==
        "@ key 'latency.mzi': unknown key; did you mean 'msi'?");
  CHECK(error_in_functional("[latency.msi]", "[latency.uart_byte]").find("not valid TOML") !=
        std::string::npos);
  CHECK(error_in_functional("[latency.msi]", "[latency.mirror_line]")
            .find("key 'latency.msi': is missing") != std::string::npos);
  CHECK(error_in_functional("title =", "frequency = 3\ntitle =")
            .find("key 'frequency': unknown key; allowed: base, title, latency") !=
        std::string::npos);
  CHECK(error_in_functional("value = 50", "value = \"fast\"") ==
        "@ key 'latency.apic_page_access.value': 'fast' is not a time; allowed: a number with ps, "
        "ns, us, ms, s");
  CHECK(error_in_functional("value = 50", "value = 201") ==
        "@ key 'latency.apic_page_access.value': lies outside of its band low..high");
  CHECK(error_in_functional(band, "kind = \"assumed\"\n")
            .find("is 'assumed', which needs a band: low and high") != std::string::npos);
  CHECK(error_in_functional(band, "kind = \"assumed\"\nlow = 300\nhigh = 200\n")
            .find("key 'latency.apic_page_access.low': lies above high") != std::string::npos);
  CHECK(error_in_functional(band, "kind = \"guessed\"\nlow = 10\nhigh = 200\n")
            .find("unknown value 'guessed'; allowed: measured, derived, assumed") !=
        std::string::npos);
  CHECK(error_in_functional(band, "kind = \"measured\"\nbound = 3\n")
            .find("key 'latency.apic_page_access.bound': unknown key") != std::string::npos);
  CHECK(error_in_functional("[cstate]",
                            "[latency.apic_page.eoii]\nvalue = 3\nkind = "
                            "\"measured\"\nsource = \"x\"\n[cstate]")
            .find("did you mean 'eoi'?") != std::string::npos);
}

TEST_CASE("A bad entry of the core is one line, too") {
  CHECK(error_in_timed("issue_width = { value = 4", "issue_width = { value = 9") ==
        "@ key 'core.issue_width.value': 9 is out of range; allowed: 1..8");
  CHECK(error_in_timed("issue_width = { value = 4", "issue_width = { value = \"1us\"") ==
        "@ key 'core.issue_width.value': '1us' is not an integer; allowed: 1..8");
  CHECK(error_in_timed("l2_sets = { value = 512", "l2_sets = { value = 500") ==
        "@ key 'memory.l2_sets.value': is 500; allowed: a power of two");
  CHECK(error_in_timed("[memory]", "[memoir]")
            .find("key 'memoir': unknown key; did you mean "
                  "'memory'?") != std::string::npos);
  CHECK(error_in_timed("\nalu = { uops = 1, ports = [\"015\"]",
                       "\nalu = { uops = 1, ports = [\"016\"]")
            .find("'016' is not a group of ports; allowed: ports 0..5") != std::string::npos);
  CHECK(error_in_timed("\nalu = { uops = 1", "\nalu = { uops = 256")
            .find("key 'instruction.alu.uops': 256 is out of range; allowed: 0..255") !=
        std::string::npos);
  CHECK(error_in_timed("\nalu =", "\nallu =")
            .find("key 'instruction.allu': unknown key; did you "
                  "mean 'alu'?") != std::string::npos);
  CHECK(error_in_timed("base = \"functional\"", "base = \"funktional\"")
            .find("key 'base': there is no profile 'funktional'") != std::string::npos);
  CHECK(error_in_timed("base = \"functional\"", "base = \"sandybridge-ep\"")
            .find("key 'base': is the 5th in a row") != std::string::npos);
}

TEST_CASE("A scenario may set an entry to a value, a time, or an end of its band") {
  using Kind = TimingOverride::Kind;
  const auto profile = load_timing_profile(
      folder + "ivybridge-ep.toml", hz,
      {set_number("latency.ipi_same_socket", 700), set_kind("latency.msi", Kind::low),
       set_kind("latency.uncached_access", Kind::high),
       set_kind("latency.port_io", Kind::text, "1.5us"), set_number("memory.llc_latency", 40),
       set_number("instruction.swap_base", 11)});
  CHECK(profile.ipi_same_socket == 700);
  CHECK(profile.msi == 280);
  CHECK(profile.uncached_access == 2800);
  CHECK(profile.port_io == 4200);
  CHECK(profile.memory.llc_latency == 40);
  CHECK(profile.instructions.of(InstructionClass::swap_base).reciprocal == 11);
  const Latency& changed = entry(profile, "latency.msi");
  CHECK(changed.low == 280);
  CHECK(changed.high == 280);
  CHECK(changed.source == "set by --set x");
}

TEST_CASE("An override that fits no entry is refused with what would fit") {
  using Kind = TimingOverride::Kind;
  CHECK(override_error(set_number("latency.ipi_same_sockt", 1)) ==
        "--set x: key 'timing_entries.\"latency.ipi_same_sockt\"': profile 'ivybridge-ep' has no "
        "such entry; did you mean 'latency.ipi_same_socket'?");
  CHECK(override_error(set_kind("core.issue_width", Kind::low)) ==
        "--set x: key 'timing_entries.\"core.issue_width\"': the profile gives it no band; "
        "allowed: a value");
  CHECK(override_error(set_number("core.issue_width", 0)) ==
        "--set x: key 'timing_entries.\"core.issue_width\"': 0 is out of range; allowed: 1..8");
  CHECK(override_error(set_kind("core.issue_width", Kind::text, "middle")) ==
        "--set x: key 'timing_entries.\"core.issue_width\"': 'middle' is not a value; allowed: "
        "1..8, low, high");
  CHECK(override_error(set_number("memory.l2_sets", 3)) ==
        "--set x: key 'timing_entries.\"memory.l2_sets\"': 3 is out of range; allowed: 1..65536, a "
        "power of two");
}

TEST_CASE("A register of the local APIC may cost otherwise than the others") {
  const Edited edited("functional.toml", "[cstate]",
                      "[latency.apic_msr.icr]\nvalue = 300\nkind = \"measured\"\nsource = "
                      "\"test\"\n[cstate]");
  const auto profile = load_timing_profile(edited.path, hz);
  CHECK(profile.apic_msr[0x30] == Cycle{300});
  CHECK_FALSE(profile.apic_msr[0x0B].has_value());
  CHECK_FALSE(profile.apic_page[0x30].has_value());
}

TEST_CASE("Scenario files name entries in quotes, --set does, too") {
  const TemporaryFolder files;
  const auto path = files.write("a.toml",
                                "title = \"t\"\nmachine = \"m\"\n[kernel]\nimage = \"i\"\n"
                                "[timing_entries]\n\"latency.msi\" = \"high\"\n");
  const auto file = read_scenario_file(path, {"timing_entries.\"latency.port_io\"=\"2us\"",
                                              "timing_entries.\"core.issue_width\"=2"});
  REQUIRE(file.timing_entries.size() == 3);
  CHECK(file.timing_entries[0].kind == TimingOverride::Kind::high);
  CHECK(file.timing_entries[1].text == "2us");
  CHECK(file.timing_entries[2].name == "core.issue_width");
  CHECK(file.timing_entries[2].number == 2);
}

namespace {

/// The error of a scenario that is timed, with more keys below [run].
std::string timed_error(const std::string& machine, const std::string& run) {
  const TemporaryFolder files;
  const auto path = files.write("a.toml", "title = \"t\"\nmachine = \"" + machine +
                                              "\"\n[kernel]\nimage = \"none\"\n[run]\ntiming = "
                                              "\"timed\"\n" +
                                              run);
  ScenarioPaths paths;
  paths.configs = APICSIM_SOURCE_DIR "/configs";
  try {
    load_scenario(path, {}, paths);
  } catch (const ScenarioError& error) {
    const std::string what = error.what();
    const std::string prefix = files.path().string() + "/";
    return what.rfind(prefix, 0) == 0 ? what.substr(prefix.size()) : what;
  }
  return "no error";
}

}  // namespace

TEST_CASE("A timed run takes the profile of its processor, and one that can time it") {
  CHECK(timed_error("qemu-q35", "").find("key 'kernel.image': there is no image 'none'") !=
        std::string::npos);  // everything before it is right
  CHECK(timed_error("qemu-q35", "profile = \"functional\"\n") ==
        "a.toml:7: key 'run.profile': 'functional' has no sections core, instruction and memory, "
        "which timing = \"timed\" needs");
  CHECK(timed_error("qemu-q35", "profile = \"ivybridge\"\n") ==
        "a.toml:7: key 'run.profile': there is no 'ivybridge'; allowed: functional, "
        "ivybridge-ep, sandybridge-ep; did you mean 'ivybridge-ep'?");
}

// Which driver and which states, for processors and command lines that real kernels were booted
// with.
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "tests/catch.h"
#include "tests/idle/guest_idle.h"

namespace {

const char* const kCases = APICSIM_SOURCE_DIR "/../shared/data/kernel-oracle/cases";

IdleProcessor intel(u32 model, u32 substates) {
  IdleProcessor p = {};
  p.vendor = "GenuineIntel";
  p.family = 6;
  p.model = model;
  p.mwait = p.arat = true;
  p.max_leaf = 0xD;
  p.mwait_ecx = 3;
  p.mwait_edx = substates;
  p.online = 2;
  return p;
}

std::vector<std::string> states_of(const IntelIdleChoice& choice) {
  std::vector<std::string> names;
  for (int i = 0; i < choice.count; ++i) names.push_back(choice.states[i].name);
  return names;
}

bool there() { return true; }
bool missing() { return false; }

std::vector<std::string> choose(const IdleProcessor& processor, const std::string& command_line,
                                bool broadcast = true) {
  guest_idle::read_command_line(command_line);
  IntelIdleChoice choice = {};
  if (!intel_idle_choose(processor, idle_options(), broadcast ? there : missing, &choice))
    return {};
  return states_of(choice);
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

/// The processor of an oracle case; false for those that only later kernels know.
bool processor_of(const nlohmann::json& setup, const std::string& name, IdleProcessor* processor) {
  const std::string cpu = setup.value("cpu", "");
  if (cpu.rfind("Haswell", 0) != 0) return false;
  constexpr u32 haswell = 0x3C, substates = 0x42120;
  *processor = intel(haswell, substates);
  if (cpu.find("model=254") != std::string::npos) processor->model = 254;
  processor->mwait = name.find("nomwait") == std::string::npos ||
                     name.find("idle-haswell-mwait") != std::string::npos;
  if (!processor->mwait) processor->mwait_ecx = processor->mwait_edx = 0;
  return true;
}

/// State names of the case where intel_idle's own table was used; empty otherwise.
std::vector<std::string> oracle_states(const nlohmann::json& facts) {
  std::vector<std::string> names;
  if (facts.value("cpuidle_driver", "") != "intel_idle") return names;
  for (const std::string line : facts["cpuidle_states"]) {
    const std::string name = line.substr(0, line.find(' '));
    if (name.find("_ACPI") != std::string::npos) return {};
    names.push_back(name == "POLL" ? name : name + "-HSW");
  }
  return names;
}

}  // namespace

TEST_CASE("The guest chooses driver and states as real kernels did for the same command lines") {
  if (!std::filesystem::is_directory(kCases)) SKIP("the kernel oracle's cases are not here");
  unsigned compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kCases)) {
    const std::string name = entry.path().filename().string();
    if (name.find("idle-") == std::string::npos || name.find("live-") == 0) continue;
    const auto setup = nlohmann::json::parse(text_of(entry.path() / "setup.json"));
    const auto facts = nlohmann::json::parse(text_of(entry.path() / "facts.json"));
    IdleProcessor processor;
    if (!processor_of(setup, name, &processor)) continue;
    CAPTURE(name);
    CHECK(choose(processor, text_of(entry.path() / "cmdline.txt")) == oracle_states(facts));
    ++compared;
  }
  CHECK(compared >= 20);
}

TEST_CASE("intel_idle's limit counts states of its table, what it cannot read changes nothing") {
  struct Row {
    const char* command_line;
    std::vector<std::string> states;
  };
  const std::vector<std::string> all = {"POLL", "C1-IVB", "C1E-IVB", "C3-IVB", "C6-IVB"};
  const auto first = [&](int count) {
    return std::vector<std::string>(all.begin(), all.begin() + count);
  };
  const Row rows[] = {
      {"", all},
      {"intel_idle.max_cstate=9", all},
      {"intel_idle.max_cstate=0", {}},
      {"intel_idle.max_cstate=1", first(2)},
      {"intel_idle.max_cstate=2", first(3)},
      {"intel_idle.max_cstate=3", first(4)},
      {"intel_idle.max_cstate=4", all},
      {"intel_idle.max_cstate=-1", first(1)},
      {"intel_idle.max_cstate=0x2", first(3)},
      {"intel_idle.max_cstate=two", all},
      {"intel_idle.max_cstate=", all},
      {"processor.max_cstate=1", all},
      {"idle=poll", {}},
      {"idle=halt", {}},
      {"idle=nomwait", {}},
      {"idle=mwait", all},
  };
  for (const Row& row : rows) {
    CAPTURE(row.command_line);
    CHECK(choose(intel(0x3E, 0x1120), row.command_line) == row.states);
  }
}

TEST_CASE("A processor is refused without the MWAIT that the driver needs") {
  struct Row {
    const char* what;
    IdleProcessor processor;
    const char* log;
  };
  auto vendor = intel(0x3E, 0x1120), family = vendor, model = vendor, mwait = vendor, leaf = vendor,
       extensions = vendor, substates = vendor;
  vendor.vendor = "AuthenticAMD";
  family.family = 15;
  model.model = 0x17;
  mwait.mwait = false;
  leaf.max_leaf = 4;
  extensions.mwait_ecx = 1;
  substates.mwait_edx = 0;
  const Row rows[] = {
      {"vendor", vendor, ""},
      {"family", family, ""},
      {"model", model, "intel_idle: does not run on family 6 model 23\n"},
      {"MWAIT", mwait, "intel_idle: does not run on family 6 model 62\n"},
      {"leaf 5", leaf, ""},
      {"break on interrupts", extensions, ""},
      {"sub-states", substates, ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    guest_idle::take_log();
    CHECK(choose(row.processor, "").empty());
    CHECK(guest_idle::take_log() == row.log);
  }
}

TEST_CASE("intel_idle says what real logs of v0.4 hold") {
  struct Row {
    u32 model, substates;
    bool arat;
    const char* log;
  };
  // From boot logs in public bug reports; the first is an Ivy Bridge-EP by its CPUID.
  const Row rows[] = {
      {0x3E, 0x1120, true,
       "intel_idle: MWAIT substates: 0x1120\nintel_idle: v0.4 model 0x3E\n"
       "intel_idle: lapic_timer_reliable_states 0xffffffff\n"},
      {0x1A, 0x1120, false,
       "intel_idle: MWAIT substates: 0x1120\nintel_idle: v0.4 model 0x1A\n"
       "intel_idle: lapic_timer_reliable_states 0x2\n"},
      {0x3C, 0x42120, true,
       "intel_idle: MWAIT substates: 0x42120\nintel_idle: v0.4 model 0x3C\n"
       "intel_idle: lapic_timer_reliable_states 0xffffffff\n"},
  };
  for (const Row& row : rows) {
    IdleProcessor processor = intel(row.model, row.substates);
    processor.arat = row.arat;
    guest_idle::take_log();
    choose(processor, "");
    CHECK(guest_idle::take_log() == row.log);
  }
}

TEST_CASE("Without ARAT deep states need a timer that stands in for the local APIC's") {
  IdleProcessor processor = intel(0x3E, 0x1120);
  processor.arat = false;
  CHECK(choose(processor, "", true).size() == 5);
  CHECK(choose(processor, "", false) == std::vector<std::string>{"POLL", "C1-IVB", "C1E-IVB"});
}

TEST_CASE("States that CPUID does not enumerate are left out one by one") {
  CHECK(choose(intel(0x3E, 0x0020), "") == std::vector<std::string>{"POLL", "C1-IVB", "C1E-IVB"});
  CHECK(choose(intel(0x3E, 0x1010), "") == std::vector<std::string>{"POLL", "C1-IVB", "C6-IVB"});
  CHECK(choose(intel(0x2D, 0x21120), "") ==
        std::vector<std::string>{"POLL", "C1-SNB", "C1E-SNB", "C3-SNB", "C6-SNB", "C7-SNB"});
}

#include "sim/scenario/cpu_features.h"

#include "sim/scenario/machine_loader.h"
#include "tests/catch.h"

using namespace apicsim;

namespace {

const Place kPlace{"a.toml", 3, 1};

MachineCpuModel model_of(const std::string& machine) {
  return load_machine(APICSIM_SOURCE_DIR "/configs", machine).cpu;
}

void change(MachineCpuModel& cpu, const std::string& text) {
  apply_feature_changes(parse_feature_changes(text, kPlace), kPlace, cpu);
}

std::string error_of(const std::string& text, const std::string& machine = "hp-dl360p-gen8") {
  try {
    MachineCpuModel cpu = model_of(machine);
    change(cpu, text);
  } catch (const ScenarioError& error) {
    return error.what();
  }
  return "no error";
}

std::uint32_t word(const MachineCpuModel& cpu, std::uint32_t leaf,
                   std::uint32_t MachineCpuidLeaf::*member) {
  for (const MachineCpuidLeaf& row : cpu.cpuid)
    if (row.leaf == leaf) return row.*member;
  return 0;
}

}  // namespace

TEST_CASE("A feature changes its bit of CPUID and no other one") {
  // SDM Vol. 2, CPUID: leaf 1 ECX[13] is CMPXCHG16B, ECX[21] x2APIC.
  MachineCpuModel cpu = model_of("hp-dl360p-gen8");
  const std::uint32_t before = word(cpu, 1, &MachineCpuidLeaf::ecx);
  change(cpu, "-cx16,-x2apic");
  CHECK(word(cpu, 1, &MachineCpuidLeaf::ecx) == (before & ~(1u << 13 | 1u << 21)));
  CHECK(has_cpu_feature(cpu, "cx16") == false);
  change(cpu, " +cx16 , +x2apic ");
  CHECK(word(cpu, 1, &MachineCpuidLeaf::ecx) == before);
  CHECK(has_cpu_feature(cpu, "no-such") == std::nullopt);
}

TEST_CASE("The flags that the Ivy Bridge file is written with are those of a real one") {
  // A few of /proc/cpuinfo of an E5-2680 v2, and what only later processors have.
  const MachineCpuModel cpu = model_of("hp-dl360p-gen8");
  for (const char* name : {"fpu",      "nx",   "pdpe1gb", "rdtscp",  "lm",     "constant_tsc",
                           "monitor",  "cx16", "pcid",    "x2apic",  "popcnt", "tsc_deadline_timer",
                           "aes",      "avx",  "f16c",    "rdrand",  "arat",   "epb",
                           "fsgsbase", "smep", "erms",    "xsaveopt"}) {
    INFO(name);
    CHECK(has_cpu_feature(cpu, name).value_or(true));
  }
  for (const char* name : {"avx2", "bmi1", "rdseed", "clwb", "movbe", "fma", "hypervisor"}) {
    INFO(name);
    CHECK(has_cpu_feature(cpu, name) == false);
  }
}

TEST_CASE("A flag is added in a leaf that the processor's file does not list") {
  MachineCpuModel cpu = model_of("qemu-q35");
  CHECK(has_cpu_feature(cpu, "smep") == false);
  change(cpu, "+smep");
  CHECK(has_cpu_feature(cpu, "smep") == true);
  for (std::size_t i = 1; i < cpu.cpuid.size(); ++i)
    CHECK(cpu.cpuid[i - 1].leaf <= cpu.cpuid[i].leaf);
}

TEST_CASE("What is the case already is no change, even where a change would be refused") {
  CHECK(error_of("+avx,-avx2,+popcnt,+fpu") == "no error");
  CHECK(error_of("") == "no error");
}

TEST_CASE("A feature that the model cannot follow is refused with its reason") {
  const std::string start = "a.toml:3: key 'cpu.features': ";
  CHECK(error_of("+avx2") == start + "'avx2' cannot be added: its instructions are not modelled");
  CHECK(error_of("-popcnt") ==
        start + "'popcnt' cannot be taken away: the model executes its instructions in any case");
  CHECK(error_of("-apic") == start +
                                 "'apic' cannot be taken away: it follows the CPU's registers and "
                                 "the machine's topology");
  CHECK(error_of("+hypervisor") ==
        start + "'hypervisor' cannot be added: no part of the model does what it announces");
  CHECK(error_of("+monitor", "qemu-q35") ==
        start +
            "'monitor' cannot be added: the processor qemu-sandybridge-v1 has no CPUID leaf 0x5");
}

TEST_CASE("A wrong list of features is one line that says what was meant") {
  const std::string start = "a.toml:3: key 'cpu.features': ";
  CHECK(error_of("-x2apik") ==
        start +
            "unknown feature 'x2apik'; names are those of /proc/cpuinfo; did you mean "
            "'x2apic'?");
  CHECK(error_of("-mwait") ==
        start +
            "unknown feature 'mwait'; names are those of /proc/cpuinfo; did you mean "
            "'monitor'?");
  CHECK(error_of("cx16") == start + "'cx16' is no change; allowed: +name or -name, with commas");
  CHECK(error_of("-cx16,") == start + "'' is no change; allowed: +name or -name, with commas");
  CHECK(error_of("-cx16,+cx16") == start + "'cx16' is there twice");
}

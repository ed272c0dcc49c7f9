#include "sim/scenario/machine_loader.h"
#include "sim/scenario/machine_parts.h"
#include "tests/catch.h"
#include "tests/scenario/temporary_folder.h"

using namespace apicsim;
using namespace apicsim::testing;

namespace {

const std::string identity =
    "title = \"A processor\"\nvendor = \"GenuineIntel\"\nbrand = \"\"\nfamily = 6\nmodel = 8\n"
    "stepping = 6\nreference = \"1GHz\"\ntsc = \"1GHz\"\napic_timer = \"133MHz\"\n";

MachineCpuModel load(const std::string& more) {
  const TemporaryFolder folder;
  const auto file = folder.write("cpu.toml", identity + more);
  return load_cpu_model(file.string(), "cpu", CpuTopology{});
}

std::string error_of(const std::string& more) {
  try {
    load(more);
  } catch (const ScenarioError& error) {
    return error.what();
  }
  return "no error";
}

bool has_leaf(const MachineCpuModel& cpu, std::uint32_t leaf) {
  for (const MachineCpuidLeaf& row : cpu.cpuid)
    if (row.leaf == leaf) return true;
  return false;
}

}  // namespace

TEST_CASE("A CPU file without the key has the local APIC of today") {
  const MachineCpuModel cpu = load("");
  CHECK(cpu.apic == ApicGeneration::xapic);
  CHECK(cpu.apic_version == 0x15);
  CHECK(cpu.apic_max_lvt == 6);
  CHECK(cpu.apic_bus_hz == 0);
}

TEST_CASE("A P6 APIC has five LVT entries, no directed EOI, and a serial bus with its clock") {
  const MachineCpuModel cpu = load("apic = \"p6\"\napic_bus = \"16.5MHz\"\n");
  CHECK(cpu.apic == ApicGeneration::p6);
  CHECK(cpu.apic_version == 0x13);
  CHECK(cpu.apic_max_lvt == 4);
  CHECK_FALSE(cpu.apic_directed_eoi);
  CHECK(cpu.apic_bus_hz == 16'500'000);
}

TEST_CASE("The version must be one of the generation's, SDM Vol. 3 11.4.8") {
  const std::string bus = "apic_bus = \"16MHz\"\n";
  CHECK(load("apic = \"82489dx\"\napic_version = 1\n" + bus).apic_version == 1);
  CHECK(error_of("apic = \"82489dx\"\napic_version = 0x11\n" + bus).find("apic_version") !=
        std::string::npos);
  CHECK(error_of("apic = \"p6\"\napic_version = 0x14\n" + bus).find("apic_version") !=
        std::string::npos);
  CHECK(error_of("apic_version = 1\n").find("apic_version") != std::string::npos);
}

TEST_CASE("The serial bus needs a clock where there is one, and is unknown where there is none") {
  CHECK(error_of("apic = \"p6\"\n").find("apic_bus") != std::string::npos);
  CHECK(error_of("apic_bus = \"16MHz\"\n").find("apic_bus") != std::string::npos);
  CHECK(error_of("apic = \"p5\"\n").find("apic") != std::string::npos);
}

TEST_CASE("An older processor has fewer leaves than follow from the other keys") {
  const MachineCpuModel cpu = load(
      "last_leaf = 2\nextended_leaves = false\n"
      "cpuid = [ { leaf = 2, eax = 0x03020101 } ]\n");
  CHECK(cpu.max_basic_leaf == 2);
  CHECK(cpu.max_extended_leaf == 0);
  CHECK_FALSE(has_leaf(cpu, 0xB));
  CHECK_FALSE(has_leaf(cpu, 0x80000000));
}

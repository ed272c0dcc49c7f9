#include <fstream>
#include <sstream>

#include "sim/scenario/machine_loader.h"
#include "sim/scenario/place.h"
#include "tests/catch.h"
#include "tests/firmware/firmware_files.h"

using namespace apicsim;
namespace fs = std::filesystem;

namespace {

std::string read_text(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// What loading q35 says when `from` of its description is written as `to`; line 0 when nothing.
std::string error_after(const std::string& from, const std::string& to,
                        const MachineOverrides& overrides = {},
                        const std::string& machine = "qemu-q35") {
  const fs::path folder = test::fresh_folder("machine-errors");
  fs::copy(fs::path(test::configs()) / "cpus", folder / "cpus", fs::copy_options::recursive);
  fs::create_directories(folder / "machines");
  std::string text = read_text(fs::path(test::configs()) / "machines" / (machine + ".toml"));
  const std::size_t at = text.find(from);
  if (at == std::string::npos) return "the description has no '" + from + "'";
  text.replace(at, from.size(), to);
  std::ofstream(folder / "machines" / (machine + ".toml")) << text;
  try {
    load_machine(folder.string(), machine, overrides);
  } catch (const ScenarioError& error) {
    const std::string what = error.what();
    return what.substr(what.find("machines/"));
  }
  return "no error";
}

bool contains(const std::string& text, const std::string& part) {
  INFO(text);
  CHECK(text.find('\n') == std::string::npos);
  const bool found = text.find(part) != std::string::npos;
  CHECK(found);
  return found;
}

}  // namespace

TEST_CASE("An unknown key of a machine is named with its place and the nearest known one") {
  const std::string error = error_after("sockets = 1", "sokets = 1");
  contains(error, "machines/qemu-q35.toml:");
  contains(error, "sockets");
}

TEST_CASE("A key deep in a firmware table is checked as well") {
  const std::string error = error_after("sci_interrupt = 9", "sci_interupt = 9");
  contains(error, "sci_interupt");
  contains(error, "sci_interrupt");
}

TEST_CASE("A value out of range says what is allowed") {
  const std::string error = error_after("threads_per_core = 1", "threads_per_core = 3");
  contains(error, "threads_per_core");
  contains(error, "2");
}

TEST_CASE("A value of another type is refused") {
  contains(error_after("io_base = 0x3F8\nirq", "io_base = \"3F8\"\nirq"), "io_base");
}

TEST_CASE("Colliding APIC ids are refused with the CPUs and the cure") {
  contains(error_after("uid = \"number\"", "uid = \"number\"\napic_ids = [0, 1, 2, 1]"),
           "CPUs 1 and 3 both have APIC id 0x1; give each CPU an id of its own");
  contains(error_after("uid = \"number\"", "uid = \"number\"\nsocket_shift = 0\ncore_shift = 0", {},
                       "qemu-q35"),
           "no error");
  contains(error_after("core_shift = 1", "core_shift = 0", {}, "hp-dl360p-gen8"),
           "both have APIC id");
}

TEST_CASE("A list of APIC ids has one for each CPU") {
  contains(error_after("uid = \"number\"", "uid = \"number\"\napic_ids = [0, 1]"),
           "has 2 ids; the topology has 4 CPUs");
}

TEST_CASE("Memory ranges that overlap are refused with both") {
  contains(error_after("{ base = 0xC0000, end = 0x100000 }", "{ base = 0x90000, end = 0x100000 }"),
           "overlap");
}

TEST_CASE("Memory that the map reports where there is none is refused") {
  contains(error_after("{ base = 0x0, end = 0x9FC00, type = \"ram\" }",
                       "{ base = 0x200000000, end = 0x200001000, type = \"ram\" }"),
           "where 'ram' has none");
}

TEST_CASE("Two I/O APICs with one id are refused") {
  contains(error_after("id = 10\n", "id = 8\n", {}, "hp-dl360p-gen8"),
           "two I/O APICs have the id 8");
}

TEST_CASE("I/O APICs whose interrupts overlap are refused") {
  contains(error_after("gsi_base = 24", "gsi_base = 23", {}, "hp-dl360p-gen8"),
           "are those of I/O APIC 8, too");
}

TEST_CASE("A device scope that is none is refused with examples") {
  contains(error_after("\"bridge 20:00.0\"", "\"brigde 20:00.0\"", {}, "hp-dl360p-gen8"),
           "'brigde 20:00.0' is no device scope; allowed: 'endpoint");
  contains(error_after("\"bridge 20:00.0\"", "\"bridge 20:00.8\"", {}, "hp-dl360p-gen8"),
           "is no device scope");
}

TEST_CASE("A PCI function on a bus without a host bridge is refused") {
  contains(
      error_after("end_bus = 0xFF\necam_base", "end_bus = 0x1F\necam_base", {}, "hp-dl360p-gen8"),
      "no 'pci_host' has this bus");
}

TEST_CASE("A table without a description is refused with those that there are") {
  contains(error_after("\"WAET\"", "\"WAIT\""), "no description of a table 'WAIT'; allowed: FACP");
}

TEST_CASE("Firmware tables outside memory are refused") {
  contains(error_after("address = 0xBDDCC540", "address = 0xFE000000", {}, "hp-dl360p-gen8"),
           "APIC at 0xfe000000 lies where the machine has no memory");
}

TEST_CASE("A processor that there is not is refused with the file that it would have") {
  contains(error_after("cpu = \"qemu-sandybridge-v1\"", "cpu = \"nehalem\""),
           "there is no processor 'nehalem'");
}

TEST_CASE("A dump that is not there is refused") {
  contains(error_after("[firmware.waet]", "[firmware.waet]\nfile = \"waet.bin\""),
           "cannot be read");
}

TEST_CASE("CPUs and memory of a machine with fixed ones cannot be overridden") {
  MachineOverrides cpus;
  cpus.cpus = 4;
  contains(error_after("sockets = 2", "sockets = 2", cpus, "hp-dl360p-gen8"),
           "this machine has a fixed number of CPUs");
  MachineOverrides memory;
  memory.memory_bytes = std::uint64_t{1} << 30;
  contains(error_after("sockets = 2", "sockets = 2", memory, "hp-dl360p-gen8"),
           "this machine has a fixed memory");
}

TEST_CASE("Memory that the machine cannot have is refused with what it can") {
  MachineOverrides memory;
  memory.memory_bytes = 1 << 20;
  contains(error_after("sockets = 1", "sockets = 1", memory), "allowed: whole MiB from 64 MiB");
}

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "sim/firmware_check/boot_verdict.h"
#include "sim/firmware_check/derived_machine.h"
#include "sim/scenario/machine_loader.h"
#include "tests/catch.h"
#include "tests/firmware/firmware_files.h"
#include "tests/firmware_check/sample_tables.h"

using namespace apicsim;
using namespace apicsim::test;
namespace fs = std::filesystem;

namespace {

/// The machine file of a set, read as scenarios read it.
Machine load(const TableSet& set, const MachineGuess& guess = {}) {
  const fs::path file = fresh_folder("derived") / "derived.toml";
  std::ofstream(file) << derive_machine(set, guess).machine;
  return load_machine(configs(), file.string());
}

}  // namespace

TEST_CASE("A derived machine has processors, I/O APICs and units where the tables say") {
  DmarDescription dmar = good_dmar();
  region_of(dmar).scopes = {{1, 0, 0, 0, 0, {{0x1C, 7}, {0, 2}}}};
  MadtDescription madt = good_madt();
  madt.entries.emplace_back(MadtLocalX2apic{0x140, 1, 0x140});
  madt.entries.emplace_back(MadtIoApic{3, 0xFEC10000, 24});
  const Machine machine = load(set_of({decoded("DMAR", dmar), decoded("APIC", madt)}));
  REQUIRE(machine.cpus.size() == 3);
  CHECK(machine.cpus[1].apic_id == 2);
  CHECK(machine.cpus[2].apic_id == 0x140);
  REQUIRE(machine.devices.io_apics.size() == 2);
  CHECK(machine.devices.io_apics[0].requester_id == 0xF0F8);
  CHECK(machine.devices.io_apics[1].gsi_base == 24);
  REQUIRE(machine.devices.vtd_units.size() == 1);
  CHECK(machine.devices.vtd_units[0].address == 0xFED90000);
  bool bridge = false, behind = false;
  for (const PciFunctionDevice& function : machine.devices.pci_functions) {
    bridge = bridge || (function.model == "bridge" && function.device == 0x1C);
    behind = behind || (function.bus == 1 && function.function == 2);
  }
  CHECK(bridge);
  CHECK(behind);
}

TEST_CASE("What cannot stand where a table says is left out of the machine and told") {
  DmarDescription dmar = good_dmar();
  unit_of(dmar).address = 0xFEC00000;
  DmarDrhd zero;
  dmar.entries.emplace_back(zero);
  const TableSet set = set_of({decoded("DMAR", dmar), decoded("APIC", good_madt())});
  CHECK(load(set).devices.vtd_units.empty());
  bool told = false;
  for (const std::string& line : derive_machine(set, {}).assumptions)
    told = told || line.find("no remapping unit at 0xfec00000") != std::string::npos;
  CHECK(told);
}

TEST_CASE("A derived machine takes the memory map of a kernel's log") {
  MachineGuess guess;
  guess.map = {{0, 0x9FFFF, "ram"},
               {0xF0000, 0xFFFFF, "reserved"},
               {0x100000, 0x3FFFFFFF, "ram"},
               {0x40000000, 0x4FFFFFFF, "reserved"}};
  const Machine machine =
      load(set_of({decoded("DMAR", good_dmar()), decoded("APIC", good_madt())}), guess);
  CHECK(machine.memory_map.back().base == 0x40000000);
  CHECK(machine.memory_map.back().type == MemoryType::reserved);
  CHECK(machine.ram.back().base + machine.ram.back().size == 0x40000000);
}

TEST_CASE("A verdict comes from the hardware's state, the kernel's memory and its log") {
  const std::string report =
      R"({"result":{"outcome":"finished"},"apic_modes":{"xapic":0,"x2apic":2,"off":0},)"
      R"("taint":2048,"remapping_units":[{"global_status":3338665984},{"global_status":33554432}]})";
  const std::string console =
      "[    0.000000] Linux version\r\n[    0.1] DMAR: dmar0: reg_base_addr fed90000\r\n"
      "[    0.2] Switched APIC routing to cluster x2apic.\r\n";
  const BootVerdict verdict = read_verdict(report, console);
  CHECK(verdict.decided());
  CHECK(verdict.apic_mode == "x2APIC");
  CHECK(verdict.dma.on == 1);
  CHECK(verdict.remapping.on == 2);
  CHECK(verdict.taint == 2048U);
  CHECK(verdict.routing == "Switched APIC routing to cluster x2apic.");
  CHECK(verdict.messages.size() == 2);
  CHECK(read_verdict("{}", "").error != "");
}

#ifdef APICSIM_PROGRAM
#include "tests/cli/program.h"

namespace {

nlohmann::json examine(const DmarDescription& dmar, const std::vector<std::string>& options) {
  const fs::path folder = fresh_folder("command");
  write_bytes(folder / "DMAR", decoded("DMAR", dmar).bytes);
  write_bytes(folder / "APIC", decoded("APIC", good_madt()).bytes);
  std::vector<std::string> arguments = {"firmware", folder.string(), "--json"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  const auto result = testing::run_program(arguments);
  INFO(result.errors);
  REQUIRE((result.status == 0 || result.status == 12));
  return nlohmann::json::parse(result.output).at("machines").at(0);
}

}  // namespace

TEST_CASE("Kernels boot on the tables: a good DMAR gives x2APIC, one at address 0 does not") {
  const auto good = examine(good_dmar(), {"--kernel", "3.13"});
  CHECK(good["defects"] == 0);
  CHECK(good["boots"][0]["apic_mode"] == "x2APIC");
  CHECK(good["boots"][0]["interrupt_remapping_units"] == 1);
  CHECK(good["boots"][0]["taint"] == 0);
  DmarDescription broken = good_dmar();
  unit_of(broken).address = 0;
  const auto bad = examine(broken, {"--kernel", "3.13"});
  CHECK(bad["findings"][0]["rule"] == "dmar-base-zero");
  CHECK(bad["boots"][0]["apic_mode"] == "xAPIC");
  CHECK(bad["boots"][0]["taint"] == 2048);
}

TEST_CASE("A parameter's effect is seen beside the boot without it") {
  const auto machine =
      examine(good_dmar(), {"--kernel", "3.13", "--cmdline", "", "--cmdline", "intremap=off"});
  CHECK(machine["boots"][0]["interrupt_remapping_units"] == 1);
  CHECK(machine["boots"][1]["interrupt_remapping_units"] == 0);
  CHECK(machine["boots"][1]["apic_mode"] == "xAPIC");
}

TEST_CASE("Wrong input of the firmware command is one line and status 2") {
  const fs::path folder = fresh_folder("wrong");
  write_bytes(folder / "file", {'h', 'i', '\n'});
  const std::string file = (folder / "file").string();
  const std::vector<std::vector<std::string>> wrong = {{"firmware"},
                                                       {"firmware", file},
                                                       {"firmware", folder.string()},
                                                       {"firmware", file, "--kernel", "9.9"},
                                                       {"firmware", file, "--cap", "lots"},
                                                       {"firmware", file, "--e820", file}};
  for (const auto& arguments : wrong) {
    const auto result = testing::run_program(arguments);
    INFO(result.errors);
    CHECK(result.status == 2);
    CHECK(std::count(result.errors.begin(), result.errors.end(), '\n') == 1);
    CHECK(result.output.empty());
  }
}
#endif

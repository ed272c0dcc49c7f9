#include <filesystem>
#include <fstream>
#include <regex>

#include "sim/scenario/machine_loader.h"
#include "tests/catch.h"

using namespace apicsim;

namespace {

Machine machine_with(const std::string& name, const std::vector<std::string>& changes = {}) {
  MachineOverrides overrides;
  overrides.changes = changes;
  overrides.changes_place = {"a.toml", 3, 1};
  return load_machine(APICSIM_SOURCE_DIR "/configs", name, overrides);
}

std::string error_with(const std::string& change) {
  try {
    machine_with("qemu-q35", {change});
  } catch (const ScenarioError& error) {
    return error.what();
  }
  return "no error";
}

bool says(const std::string& change, const std::string& part) {
  const std::string error = error_with(change);
  CAPTURE(change, error);
  return error.find(part) != std::string::npos;
}

/// What a kernel printed of the I/O APICs of the real machine.
struct ReportedIoApic {
  std::uint32_t id, version, first_gsi, last_gsi;
  std::uint64_t address;
};

std::vector<ReportedIoApic> reported_io_apics(const std::string& log) {
  std::ifstream file(std::string(APICSIM_SOURCE_DIR "/../shared/data/dmesg/") + log);
  const std::regex line(
      R"(IOAPIC\[\d+\]: apic_id (\d+), version (\d+), address (0x[0-9a-f]+), GSI (\d+)-(\d+))");
  std::vector<ReportedIoApic> found;
  for (std::string text; std::getline(file, text);) {
    std::smatch match;
    if (!std::regex_search(text, match, line)) continue;
    const auto number = [&](std::size_t group) {
      return static_cast<std::uint32_t>(std::stoul(match[group]));
    };
    found.push_back(
        {number(1), number(2), number(4), number(5), std::stoull(match[3], nullptr, 16)});
  }
  return found;
}

void check_io_apics(const std::string& machine, const std::string& log) {
  const std::vector<ReportedIoApic> reported = reported_io_apics(log);
  if (reported.empty()) SKIP("no boot log of the real machine in ../shared/data/dmesg");
  const std::vector<IoApicDevice> described = machine_with(machine).devices.io_apics;
  REQUIRE(described.size() == reported.size());
  for (std::size_t i = 0; i < reported.size(); ++i) {
    CAPTURE(machine, i);
    CHECK(described[i].id == reported[i].id);
    CHECK(described[i].version == reported[i].version);
    CHECK(described[i].address == reported[i].address);
    CHECK(described[i].gsi_base == reported[i].first_gsi);
    CHECK(described[i].gsi_base + described[i].entries - 1 == reported[i].last_gsi);
  }
}

}  // namespace

TEST_CASE("The DL360p Gen8's I/O APICs are those that its kernel found: ids 8, 0, 10, their pins") {
  check_io_apics("hp-dl360p-gen8", "dl360p-gen8_2.6.32.txt");
}

TEST_CASE("The DL380e Gen8's I/O APICs are those that its kernel found") {
  check_io_apics("hp-dl380e-gen8", "dl380e-gen8_3.17.4.txt");
}

TEST_CASE("An I/O APIC that the chip cannot be is refused: id, pins, pins of another one") {
  CHECK(says("devices.io_apic[0].id=16", "id"));
  CHECK(says("devices.io_apic[0].entries=121", "entries"));
  CHECK(says("devices.io_apic[0].version=256", "version"));
  CHECK(says("devices.io_apic[0].gsi_base=1", "gsi_base = 0"));
}

TEST_CASE("The HPET's routes, periodic timers and messages are the machine's") {
  const HpetDevice plain = machine_with("qemu-q35").devices.hpet;
  CHECK(plain.routes == std::vector<std::uint32_t>{0x00FF0104});
  CHECK(plain.periodic_timers == 3);
  CHECK_FALSE(plain.messages);
  const HpetDevice changed =
      machine_with("qemu-q35", {"devices.hpet.routes=[1, 2]", "devices.hpet.periodic_timers=0",
                                "devices.hpet.messages=true"})
          .devices.hpet;
  CHECK(changed.routes == std::vector<std::uint32_t>{1, 2});
  CHECK(changed.periodic_timers == 0);
  CHECK(changed.messages);
  CHECK(says("devices.hpet.periodic_timers=4", "periodic_timers"));
  CHECK(says("devices.hpet.routes=[0x100000000]", "routes"));
}

TEST_CASE("The interrupt tester is where a machine's description puts it, and nowhere else") {
  for (const PciFunctionDevice& function : machine_with("qemu-q35").devices.pci_functions)
    CHECK(function.model != "interrupt-tester");
  const Machine with = machine_with("qemu-q35", {"devices.interrupt_tester.address=\"00:1e.0\"",
                                                 "devices.interrupt_tester.bar1=0xFEB20000"});
  const PciFunctionDevice& tester = with.devices.pci_functions.back();
  CHECK(tester.model == "interrupt-tester");
  CHECK(tester.requester_id() == 0x00F0);
  CHECK(tester.msix_bar == 0xFEB20000);
  CHECK(says("devices.interrupt_tester.address=\"00:01.0\"", "two functions"));
  CHECK(says("devices.interrupt_tester.bar0=0xFEB10000", "address"));
  CHECK(says("devices.interrupt_tester={address=\"00:1e.0\", bar0=0xFEB10800}", "bar0"));
}

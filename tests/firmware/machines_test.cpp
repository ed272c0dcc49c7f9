#include <fmt/format.h>

#include <map>

#include "models/firmware/acpi_header.h"
#include "models/firmware/placement.h"
#include "sim/scenario/machine_cpuid.h"
#include "sim/scenario/machine_loader.h"
#include "tests/catch.h"
#include "tests/firmware/firmware_files.h"

using namespace apicsim;

namespace {

std::map<std::string, FirmwareBlob> blobs_of(const Machine& machine) {
  std::map<std::string, FirmwareBlob> result;
  for (const FirmwareBlob& blob : place_firmware(machine.firmware).blobs) result[blob.name] = blob;
  return result;
}

const MachineCpuidLeaf& leaf(const std::vector<MachineCpuidLeaf>& rows, std::uint32_t number,
                             std::uint32_t subleaf = 0) {
  for (const MachineCpuidLeaf& row : rows) {
    if (row.leaf == number && row.subleaf == subleaf) return row;
  }
  FAIL("no such leaf");
  return rows.front();
}

}  // namespace

TEST_CASE("The DL380e Gen8's tables come out byte for byte from its description") {
  const auto folder = test::real_tables() / "dl380e-gen8";
  if (!std::filesystem::exists(folder)) SKIP("the real tables are not here");
  auto blobs = blobs_of(load_machine(test::configs(), "hp-dl380e-gen8"));
  const std::map<std::string, std::string> files = {
      {"DMAR", "dmar"}, {"APIC", "apic"}, {"SRAT", "srat"}, {"FACP", "facp"},
      {"HPET", "hpet"}, {"MCFG", "mcfg"}, {"SPCR", "spcr"}};
  for (const auto& [signature, file] : files) {
    INFO(signature);
    CHECK(blobs[signature].bytes == test::read_bytes(folder / (file + ".bin")));
  }
}

TEST_CASE("The DL380e Gen8's tables lie where its boot log reports them") {
  auto blobs = blobs_of(load_machine(test::configs(), "hp-dl380e-gen8"));
  CHECK(blobs["RSDP"].address == 0xF4F00);
  CHECK(blobs["XSDT"].address == 0x75DCE200);
  CHECK(blobs["FACP"].address == 0x75DCE340);
  CHECK(blobs["DSDT"].address == 0x75DCE440);
  CHECK(blobs["FACS"].address == 0x75DCC140);
  CHECK(blobs["APIC"].address == 0x75DCC540);
  CHECK(blobs["DMAR"].address == 0x75DCD000);
}

TEST_CASE("Every table of every machine has a checksum of zero") {
  for (const char* name : {"hp-dl380e-gen8", "hp-dl360p-gen8", "qemu-q35"}) {
    for (const auto& [table, blob] : blobs_of(load_machine(test::configs(), name))) {
      INFO(name << " " << table);
      if (table == "FACS" || table == "SMBIOS table") continue;
      CHECK(byte_sum(blob.bytes) == 0);
    }
  }
}

TEST_CASE("The DL360p Gen8 numbers all first threads before the second ones") {
  const Machine machine = load_machine(test::configs(), "hp-dl360p-gen8");
  REQUIRE(machine.cpus.size() == 40);
  CHECK(machine.cpus[0].bootstrap);
  CHECK(machine.cpus[9].apic_id == 18);
  CHECK(machine.cpus[10].apic_id == 32);
  CHECK(machine.cpus[14].node == 1);
  CHECK(machine.cpus[14].apic_id == 40);
  CHECK(machine.cpus[19].apic_id == 50);
  CHECK(machine.cpus[20].apic_id == 1);
  CHECK(machine.cpus[20].thread == 1);
  CHECK(machine.cpus[39].apic_id == 51);
}

TEST_CASE("The DL360p Gen8 has 128 GiB, node 0 up to 0x103fffffff and node 1 to 0x203fffffff") {
  const Machine machine = load_machine(test::configs(), "hp-dl360p-gen8");
  std::uint64_t ends[2] = {0, 0};
  std::uint64_t total = 0;
  for (const MachineRam& ram : machine.ram) {
    ends[ram.node] = ram.base + ram.size;
    total += ram.size;
  }
  CHECK(ends[0] == 0x1040000000);
  CHECK(ends[1] == 0x2040000000);
  constexpr std::uint64_t vga_hole = 0x20000;
  CHECK(total + vga_hole == std::uint64_t{128} << 30);
  CHECK(machine.memory_map.back().base + machine.memory_map.back().size == 0x203FFFF000);
}

TEST_CASE("The DL360p Gen8's units, reserved regions and I/O APICs are those of the boot log") {
  const Machine machine = load_machine(test::configs(), "hp-dl360p-gen8");
  std::vector<std::uint64_t> units;
  std::vector<std::uint64_t> regions;
  for (const AcpiTable& table : machine.firmware.tables) {
    const auto* dmar = std::get_if<DmarDescription>(&table.body);
    if (dmar == nullptr) continue;
    CHECK(dmar->host_address_width == 45);
    for (const DmarEntry& entry : dmar->entries) {
      if (const auto* drhd = std::get_if<DmarDrhd>(&entry)) units.push_back(drhd->address);
      if (const auto* rmrr = std::get_if<DmarRmrr>(&entry)) regions.push_back(rmrr->base);
    }
  }
  CHECK(units == std::vector<std::uint64_t>{0xFBEFE000, 0xF4FFE000});
  CHECK(regions == std::vector<std::uint64_t>{0xBDFFD000, 0xBDFF6000, 0xBDF83000, 0xBDF7F000,
                                              0xBDF6F000, 0xF4000, 0xE8000});
  REQUIRE(machine.devices.io_apics.size() == 3);
  CHECK(machine.devices.io_apics[0].id == 8);
  CHECK(machine.devices.io_apics[1].id == 0);
  CHECK(machine.devices.io_apics[2].id == 10);
  CHECK(machine.devices.io_apics[2].gsi_base == 48);
}

TEST_CASE("CPUID leaf 0xB names the levels and the CPU's own id, SDM Vol. 2 CPUID") {
  const Machine machine = load_machine(test::configs(), "hp-dl360p-gen8");
  const auto rows = cpuid_of(machine, machine.cpus[14]);
  CHECK(leaf(rows, 0xB, 0).eax == 1);
  CHECK(leaf(rows, 0xB, 0).ebx == 2);
  CHECK(leaf(rows, 0xB, 0).ecx == 0x100);
  CHECK(leaf(rows, 0xB, 1).eax == 5);
  CHECK(leaf(rows, 0xB, 1).ebx == 20);
  CHECK(leaf(rows, 0xB, 1).ecx == 0x201);
  CHECK(leaf(rows, 0xB, 1).edx == 40);
  CHECK(leaf(rows, 1).eax == 0x306E4);
  CHECK(leaf(rows, 1).ebx >> 24 == 40);
  CHECK(leaf(rows, 0x80000008).eax == 0x302E);
}

TEST_CASE("QEMU's q35 takes CPUs and memory from the scenario, with QEMU's memory map") {
  MachineOverrides overrides;
  overrides.cpus = 40;
  overrides.memory_bytes = std::uint64_t{128} << 30;
  const Machine machine = load_machine(test::configs(), "qemu-q35", overrides);
  CHECK(machine.cpus.size() == 40);
  CHECK(machine.cpus[39].apic_id == 39);
  CHECK(machine.memory_map.back().base == 0x100000000);
  CHECK(machine.memory_map.back().size == 0x1F80000000);
  // What QEMU 7.2's processor answered with -smp 40.
  CHECK(leaf(machine.cpu.cpuid, 1).ebx == 0x00280800);
  CHECK(leaf(machine.cpu.cpuid, 4, 0).eax == 0x9C000121);
  CHECK(leaf(machine.cpu.cpuid, 4, 3).eax == 0x9C0FC163);
  CHECK(leaf(machine.cpu.cpuid, 0xB, 1).eax == 6);
}

TEST_CASE("QEMU's q35 keeps all memory below 4 GiB up to 2815 MiB and splits at 2 GiB from there") {
  const auto low_end = [](std::uint64_t mib) {
    MachineOverrides overrides;
    overrides.memory_bytes = mib << 20;
    const Machine machine = load_machine(test::configs(), "qemu-q35", overrides);
    return machine.firmware.region_base + machine.firmware.region_size;
  };
  CHECK(low_end(2815) == 0xAFF00000);
  CHECK(low_end(2816) == 0x80000000);
}

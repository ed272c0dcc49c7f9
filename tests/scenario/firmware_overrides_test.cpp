#include "sim/scenario/firmware_overrides.h"

#include <algorithm>

#include "models/firmware/acpi_header.h"
#include "models/firmware/acpi_tables.h"
#include "models/firmware/placement.h"
#include "sim/scenario/machine_loader.h"
#include "sim/scenario/scenario_file.h"
#include "tests/catch.h"
#include "tests/firmware/acpidump_text.h"
#include "tests/scenario/temporary_folder.h"

using namespace apicsim;
using apicsim::test::acpidump_text;
using apicsim::testing::TemporaryFolder;

namespace {

Bytes table(const std::string& signature, std::size_t body) {
  return wrap_table(signature, {}, Bytes(body, 7));
}

std::string text_of(const Bytes& bytes) { return std::string(bytes.begin(), bytes.end()); }

/// The machine hp-dl360p-gen8 with a [firmware] section, its files in `folder`.
Machine machine_with(const TemporaryFolder& folder, const std::string& section) {
  const auto file = read_scenario_file(
      folder.write("a.toml", "title = \"x\"\nmachine = \"hp-dl360p-gen8\"\n[firmware]\n" + section +
                                 "[kernel]\nimage = \"x\"\n"),
      {});
  MachineOverrides overrides;
  overrides.firmware = &*file.firmware;
  return load_machine(APICSIM_SOURCE_DIR "/configs", file.machine, overrides);
}

std::string error_with(const TemporaryFolder& folder, const std::string& section) {
  try {
    machine_with(folder, section);
  } catch (const ScenarioError& error) {
    std::string what = error.what();
    const std::string prefix = folder.path().string() + "/";
    for (std::size_t at; (at = what.find(prefix)) != std::string::npos;)
      what.erase(at, prefix.size());
    return what;
  }
  return "no error";
}

std::vector<std::string> names(const Machine& machine) {
  std::vector<std::string> list;
  for (const AcpiTable& one : machine.firmware.tables) list.push_back(one.signature);
  return list;
}

bool has(const Machine& machine, const std::string& name) {
  const auto list = names(machine);
  return std::find(list.begin(), list.end(), name) != list.end();
}

}  // namespace

TEST_CASE("A scenario takes its machine's tables from a dump, but for those that it keeps") {
  const TemporaryFolder folder;
  folder.write("dump.txt", acpidump_text("WAET", 0, table("WAET", 4)) +
                               acpidump_text("DMAR", 0, table("DMAR", 12)));
  const Machine all = machine_with(folder, "acpidump = \"dump.txt\"\n");
  CHECK(names(all) == std::vector<std::string>{"FACP", "WAET", "DMAR"});
  CHECK(all.acpidump == "dump.txt");
  CHECK_FALSE(all.firmware_changes.empty());
  const Machine kept =
      machine_with(folder, "acpidump = \"dump.txt\"\nkeep = [\"APIC\", \"DMAR\"]\n");
  CHECK(has(kept, "APIC"));
  for (const AcpiTable& one : kept.firmware.tables)
    if (one.signature == "DMAR") CHECK(build_table(one) != table("DMAR", 12));
}

TEST_CASE("A raw file takes a table's place as it is, with a lying length and a wrong checksum") {
  const TemporaryFolder folder;
  Bytes damaged = table("DMAR", 36);
  for (const std::size_t stated : {0x0U, 0x23U, 0x2FU, 0x7FFFFFFFU}) {
    for (std::size_t i = 0; i < 4; ++i) damaged[4 + i] = static_cast<std::uint8_t>(stated >> 8 * i);
    folder.write("dmar.bin", text_of(damaged));
    const Machine machine = machine_with(folder, "files = { DMAR = \"dmar.bin\" }\n");
    const FirmwareImage image = place_firmware(machine.firmware);
    const auto blob = std::find_if(image.blobs.begin(), image.blobs.end(),
                                   [](const FirmwareBlob& one) { return one.name == "DMAR"; });
    REQUIRE(blob != image.blobs.end());
    CHECK(blob->bytes == damaged);
  }
}

TEST_CASE("A raw file may be shorter than a table's header, or be of another kind") {
  const TemporaryFolder folder;
  folder.write("short.bin", "DM");
  folder.write("other.bin", "not a table");
  const Machine machine =
      machine_with(folder, "files = { DMAR = \"short.bin\", FACP = \"other.bin\" }\n");
  CHECK(names(machine) == names(load_machine(APICSIM_SOURCE_DIR "/configs", "hp-dl360p-gen8", {})));
  CHECK(place_firmware(machine.firmware).blobs.size() > 10);
}

TEST_CASE("A raw file that is empty or missing, or for a table that is derived, is refused") {
  const TemporaryFolder folder;
  folder.write("empty.bin", "");
  CHECK(error_with(folder, "files = { DMAR = \"empty.bin\" }\n") ==
        "a.toml:4: key 'firmware.files.DMAR': empty.bin: is empty; allowed: 1 byte to 16 MiB");
  CHECK(error_with(folder, "files = { DMAR = \"none.bin\" }\n") ==
        "a.toml:4: key 'firmware.files.DMAR': none.bin: cannot be read");
  CHECK(error_with(folder, "files = { XSDT = \"empty.bin\" }\n") ==
        "a.toml:4: key 'firmware.files.XSDT': allowed: signatures of tables that the root table "
        "lists");
}

TEST_CASE("Single tables are replaced, added and removed, as bytes or as text") {
  const TemporaryFolder folder;
  folder.write("dmar.dat", text_of(table("DMAR", 12)));
  folder.write("waet.txt", acpidump_text("WAET", 0, table("WAET", 4)));
  const Machine machine =
      machine_with(folder, "replace = [\"dmar.dat\", \"waet.txt\"]\nremove = [\"SRAT\"]\n");
  CHECK(has(machine, "WAET"));
  CHECK_FALSE(has(machine, "SRAT"));
  for (const AcpiTable& one : machine.firmware.tables)
    if (one.signature == "DMAR") CHECK(build_table(one) == table("DMAR", 12));
  CHECK(machine.acpidump.empty());
}

TEST_CASE("A table with a wrong checksum is taken only when the scenario says so") {
  const TemporaryFolder folder;
  Bytes broken = table("DMAR", 12);
  broken.back() ^= 1;
  folder.write("dmar.dat", text_of(broken));
  CHECK(
      error_with(folder, "replace = [\"dmar.dat\"]\n")
          .find("a.toml:4: key 'firmware.replace': dmar.dat: table 'DMAR' has a wrong checksum") ==
      0);
  const Machine machine =
      machine_with(folder, "replace = [\"dmar.dat\"]\nbad_checksums = \"accept\"\n");
  for (const AcpiTable& one : machine.firmware.tables)
    if (one.signature == "DMAR") CHECK(build_table(one) == broken);
}

TEST_CASE("Bad firmware sections are one line with place and key") {
  const TemporaryFolder folder;
  folder.write("dump.txt", acpidump_text("WAET", 0, table("WAET", 4)));
  folder.write("bad.txt", acpidump_text("WAET", 0, table("WAET", 4)) + "    0000: zz\n");
  folder.write("facs.txt", acpidump_text("XSDT", 0, table("XSDT", 8)));
  CHECK(error_with(folder, "acpidump = \"none.txt\"\n") ==
        "a.toml:4: key 'firmware.acpidump': none.txt: cannot be read");
  CHECK(error_with(folder, "acpidump = \"bad.txt\"\n") ==
        "a.toml:4: key 'firmware.acpidump': bad.txt:6: bytes outside of a table; one begins with a "
        "line 'APIC @ 0x75dcc540'");
  CHECK(error_with(folder, "acpidump = \"dump.txt\"\nkeep = [\"DMRA\"]\n")
            .find("a.toml:5: key 'firmware.keep': there is no table 'DMRA'; allowed: ") == 0);
  CHECK(error_with(folder, "remove = [\"WAET\"]\n")
            .find("a.toml:4: key 'firmware.remove': there is no table 'WAET'; allowed: ") == 0);
  CHECK(error_with(folder, "replace = [\"facs.txt\"]\n") ==
        "a.toml:4: key 'firmware.replace': facs.txt: a table 'XSDT' follows from the others and "
        "cannot be replaced");
  CHECK(error_with(folder, "keep = [\"DMAR\"]\n") ==
        "a.toml:4: key 'firmware.keep': has no effect without key 'firmware.acpidump'");
  CHECK(error_with(folder, "") ==
        "a.toml:3: key 'firmware': changes nothing; allowed: acpidump, replace, files, remove, "
        "defects, memory_map, x2apic, and sections of the machine's file");
  CHECK(error_with(folder, "acpidumb = \"dump.txt\"\nremove = [\"SRAT\"]\n")
            .find("did you mean 'acpidump'?") != std::string::npos);
  CHECK(error_with(folder, "bad_checksums = \"ignore\"\nremove = [\"SRAT\"]\n")
            .find("unknown value 'ignore'; allowed: refuse, accept") != std::string::npos);
}

namespace {

Bytes bytes_of(const Machine& machine, const std::string& name) {
  for (const FirmwareBlob& blob : place_firmware(machine.firmware).blobs)
    if (blob.name == name) return blob.bytes;
  return {};
}

DmarDescription dmar_of(const Machine& machine) {
  const Bytes bytes = bytes_of(machine, "DMAR");
  return parse_dmar(Bytes(bytes.begin() + 36, bytes.end()));
}

/// Type of the byte at an address; 0: the map says nothing of it.
std::uint32_t reported(const Machine& machine, std::uint64_t address) {
  for (const MemoryMapEntry& entry : machine.memory_map)
    if (address >= entry.base && address - entry.base < entry.size)
      return static_cast<std::uint32_t>(entry.type);
  return 0;
}

}  // namespace

TEST_CASE("A scenario describes single keys of a table, the machine's file the others") {
  const TemporaryFolder folder;
  const Machine machine = machine_with(folder, "[firmware.dmar]\nflags = 1\n");
  CHECK(dmar_of(machine).flags == 1);
  CHECK(dmar_of(machine).host_address_width == 45);
  CHECK(dmar_of(machine).entries.size() == 11);
}

TEST_CASE("A table that a scenario describes and its machine has not is listed last") {
  const TemporaryFolder folder;
  const Machine machine = machine_with(folder, "[firmware.waet]\nbody = \"01 00 00 00\"\n");
  CHECK(names(machine).back() == "WAET");
  CHECK(bytes_of(machine, "WAET").size() == 40);
}

TEST_CASE("Unknown keys of a table in a scenario are errors in the scenario's line") {
  const TemporaryFolder folder;
  CHECK(error_with(folder, "[firmware.dmar]\nflag = 1\n")
            .find("a.toml:5: key "
                  "'firmware.dmar.flag': unknown key") == 0);
}

TEST_CASE("Firmware that says something else does not rewire the board") {
  const TemporaryFolder folder;
  const Machine plain = load_machine(APICSIM_SOURCE_DIR "/configs", "hp-dl360p-gen8", {});
  REQUIRE(plain.wiring.isa.size() == 2);
  CHECK(plain.wiring.isa[0].gsi == 2);
  for (const std::string section :
       {"[firmware.madt]\nentries = [{ type = \"cpus\" }]\n",
        "defects = [\"madt-override-missing\", \"fadt-sci-wrong\"]\n", "remove = [\"APIC\"]\n"}) {
    const Machine machine = machine_with(folder, section);
    REQUIRE(machine.wiring.isa.size() == 2);
    CHECK(machine.wiring.isa[0].gsi == 2);
    CHECK(machine.wiring.acpi_enable == plain.wiring.acpi_enable);
  }
}

TEST_CASE("The memory map that firmware reports is changed range by range") {
  const TemporaryFolder folder;
  const Machine machine =
      machine_with(folder,
                   "memory_map = [{ base = 0xBDF83000, size = 0x1000, type = \"ram\" },\n"
                   "{ base = 0xBDF84000, end = 0xBDF85000, type = \"none\" }]\n");
  CHECK(reported(machine, 0xBDF82FFF) == 2);
  CHECK(reported(machine, 0xBDF83000) == 1);
  CHECK(reported(machine, 0xBDF84000) == 0);
  CHECK(reported(machine, 0xBDF85000) == 2);
  CHECK(
      error_with(folder, "memory_map = [{ base = 0xFED00000, size = 0x1000, type = \"ram\" }]\n") ==
      "a.toml:4: key 'firmware.memory_map': reports memory at 0xfed00000-0xfed00fff, where the "
      "machine has none");
}

TEST_CASE("Defects are put on the machine's tables and on those of a dump, in their order") {
  const TemporaryFolder folder;
  const Machine machine = machine_with(
      folder, "defects = [\"dmar-base-zero\", { name = \"dmar-base-zero\", unit = 1 }]\n");
  for (const DmarEntry& entry : dmar_of(machine).entries)
    if (const auto* unit = std::get_if<DmarDrhd>(&entry)) CHECK(unit->address == 0);
  DmarDescription small;
  small.entries = {DmarDrhd{1, 0, 0, 0xFED90000, {}}};
  folder.write("dump.txt", acpidump_text("DMAR", 0, wrap_table("DMAR", {}, build_dmar(small))));
  const Machine dumped = machine_with(
      folder, "acpidump = \"dump.txt\"\ndefects = [\"dmar-base-zero\", \"table-checksum\"]\n");
  CHECK(std::get<DmarDrhd>(dmar_of(dumped).entries.at(0)).address == 0);
  CHECK(static_cast<int>(byte_sum(bytes_of(dumped, "DMAR"))) == 1);
  const auto& changes = dumped.firmware_changes;
  CHECK(std::count(changes.begin(), changes.end(), "defect table-checksum") == 1);
  CHECK(std::count(changes.begin(), changes.end(), "DMAR is the machine's own") == 0);
}

TEST_CASE("A region that the map does not reserve is ordinary memory, or nothing where none is") {
  const TemporaryFolder folder;
  const Machine machine =
      machine_with(folder, "defects = [{ name = \"rmrr-not-reserved\", region = 2 }]\n");
  CHECK(reported(machine, 0xBDF83000) == 1);
  CHECK(reported(machine, 0xBDF84FFF) == 1);
  CHECK(reported(machine, 0xBDF85000) == 2);
  const Machine hole = machine_with(folder, "defects = [\"mcfg-not-reserved\"]\n");
  CHECK(reported(hole, 0xC0000000) == 0);
}

TEST_CASE("A defect that is unknown or has nothing to apply to is one line with its place") {
  const TemporaryFolder folder;
  CHECK(error_with(folder, "defects = [\"dmar-base-zeroo\"]\n") ==
        "a.toml:4: key 'firmware.defects[0].name': there is no defect 'dmar-base-zeroo'; 'apicsim "
        "list defects' shows them; did you mean 'dmar-base-zero'?");
  CHECK(error_with(folder, "defects = [{ name = \"dmar-base-zero\", unit = 9 }]\n") ==
        "a.toml:4: key 'firmware.defects': 'dmar-base-zero': there is no unit 9; the table has "
        "0..1");
  CHECK(error_with(folder, "defects = [{ name = \"dmar-base-zero\", units = 1 }]\n")
            .find("a.toml:4: key 'firmware.defects[0].units': unknown key; allowed: name, unit; "
                  "did you mean 'unit'?") == 0);
  CHECK(error_with(folder, "defects = [{ name = \"dmar-base-ones\", address = 0xFED00000 }]\n") ==
        "a.toml:4: key 'firmware.defects': 'dmar-base-ones': something answers at 0xfed00000; "
        "allowed: an 'address' of a page where nothing is");
}

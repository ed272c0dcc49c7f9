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
        "a.toml:3: key 'firmware': changes nothing; allowed: acpidump, replace, remove, x2apic");
  CHECK(error_with(folder, "acpidumb = \"dump.txt\"\nremove = [\"SRAT\"]\n")
            .find("did you mean 'acpidump'?") != std::string::npos);
  CHECK(error_with(folder, "bad_checksums = \"ignore\"\nremove = [\"SRAT\"]\n")
            .find("unknown value 'ignore'; allowed: refuse, accept") != std::string::npos);
}

#include <filesystem>
#include <fstream>

#include "models/firmware/firmware_error.h"
#include "sim/firmware_check/table_files.h"
#include "tests/catch.h"
#include "tests/firmware/acpidump_text.h"
#include "tests/firmware/firmware_files.h"
#include "tests/firmware_check/sample_tables.h"

using namespace apicsim;
using namespace apicsim::test;
namespace fs = std::filesystem;

namespace {

std::string text_of(const Bytes& bytes) { return std::string(bytes.begin(), bytes.end()); }

Bytes dmar_bytes(std::uint64_t base = 0xFED90000) {
  DmarDescription dmar = good_dmar();
  unit_of(dmar).address = base;
  return decoded("DMAR", dmar).bytes;
}

std::vector<std::string> signatures(const TableSet& set) {
  std::vector<std::string> names;
  for (const DecodedTable& table : set.tables) names.push_back(table.signature);
  return names;
}

}  // namespace

TEST_CASE("Files of a folder are one machine while no table comes twice") {
  const fs::path folder = fresh_folder("one-machine");
  write_bytes(folder / "DMAR", dmar_bytes());
  write_bytes(folder / "APIC", decoded("APIC", good_madt()).bytes);
  write_bytes(folder / "notes.txt", {'h', 'e', 'l', 'l', 'o', '\n'});
  const auto sets = read_table_sets({folder.string()});
  REQUIRE(sets.size() == 1);
  CHECK(signatures(sets[0]) == std::vector<std::string>{"APIC", "DMAR"});
  CHECK(sets[0].skipped.size() == 1);
}

TEST_CASE("File names tell the machines of a folder apart") {
  const fs::path folder = fresh_folder("machines");
  for (const char* const name : {"a-1", "b.2"}) {
    write_bytes(folder / (std::string(name) + ".dmar.bin"), dmar_bytes(0xFED90000 + *name * 4096));
    write_bytes(folder / (std::string(name) + ".apic.bin"), decoded("APIC", good_madt()).bytes);
  }
  const auto sets = read_table_sets({folder.string()});
  REQUIRE(sets.size() == 2);
  CHECK(sets[0].name == (folder / "a-1").string());
  CHECK(sets[1].name == (folder / "b.2").string());
  for (const TableSet& set : sets) CHECK(set.tables.size() == 2);
}

TEST_CASE("Tables with a wrong length or checksum are taken as they are") {
  Bytes bytes = dmar_bytes();
  bytes[4] = 35;
  CHECK(read_tables(text_of(bytes), "x").at(0).bytes == bytes);
  bytes[4] = 255;
  CHECK(read_tables(text_of(bytes), "x").at(0).bytes == bytes);
  CHECK(broken_rules(set_of(read_tables(text_of(bytes), "x"))).front() == "table-length");
  bytes = dmar_bytes();
  bytes[9] ^= 1;
  CHECK(broken_rules(set_of(read_tables(text_of(bytes), "x"))).front() == "table-checksum");
}

TEST_CASE("Tables one behind the other are told apart") {
  const std::string both = text_of(dmar_bytes()) + text_of(decoded("APIC", good_madt()).bytes);
  const auto tables = read_tables(both, "x");
  REQUIRE(tables.size() == 2);
  CHECK(tables[0].signature == "DMAR");
  CHECK(tables[1].signature == "APIC");
}

TEST_CASE("The text of acpidump is read with its addresses") {
  const auto tables = read_tables(acpidump_text("DMAR", 0x7D5000, dmar_bytes()), "x");
  REQUIRE(tables.size() == 1);
  CHECK(tables[0].address == 0x7D5000);
  CHECK(tables[0].bytes == dmar_bytes());
}

TEST_CASE("The vendor of the BIOS comes from SMBIOS, as dmidecode dumps it") {
  // Entry point of 31 bytes, structures from 0x20 on.
  std::string dump(0x20, '\0');
  dump.replace(0, 4, "_SM_");
  dump[5] = 0x1F;
  dump[22] = 0x40;
  dump[24] = 0x20;
  dump += std::string("\x00\x12\x00\x00\x01\x02\x00\xF0\x03", 9) + std::string(9, '\0');
  dump += std::string("HP\0P70\0", 7) + std::string("07/01/2013\0\0", 12);
  dump += std::string("\x7F\x04\x00\x01\0\0", 6);
  const auto tables = read_tables(dump, "dmi.bin");
  REQUIRE(tables.size() == 2);
  REQUIRE(tables[1].root.parts.size() == 2);
  CHECK(tables[1].root.parts[0].text("vendor") == "HP");
  CHECK(tables[1].root.parts[0].text("version") == "P70");
  CHECK(tables[1].root.parts[0].text("date") == "07/01/2013");
}

TEST_CASE("What is no table is refused with one line") {
  const fs::path folder = fresh_folder("refused");
  write_bytes(folder / "binary", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  write_bytes(folder / "text", {'h', 'e', 'l', 'l', 'o', '\n'});
  write_bytes(folder / "empty", {});
  for (const char* const name : {"binary", "text", "empty", "absent", ""}) {
    try {
      read_table_sets({(folder / name).string()});
      FAIL(name);
    } catch (const FirmwareError& error) {
      CHECK(std::string(error.what()).find('\n') == std::string::npos);
    }
  }
}

TEST_CASE("A memory map is read from a kernel's log, old and new") {
  const std::string log =
      "[    0.000000] BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n"
      "BIOS-e820: [mem 0x0000000075dcc000-0x0000000075dddfff] ACPI data\n"
      " BIOS-e820: 0000000000100000 - 0000000000200000 (usable)\n"
      "noise\n BIOS-e820: zz\n";
  const FirmwareMemoryMap map = parse_memory_map(log);
  REQUIRE(map.size() == 3);
  CHECK(map[0].last == 0x9FBFF);
  CHECK(map[1].base == 0x100000);
  CHECK(map[1].last == 0x1FFFFF);
  CHECK(map[2].type == "acpi");
  CHECK(is_covered(map, 0x100000, 0x1FFFFF, "ram"));
  CHECK_FALSE(is_covered(map, 0x100000, 0x200000, "ram"));
  CHECK(touches(map, 0x1FFFFF, 0x300000, "ram"));
  CHECK_FALSE(touches(map, 0x200000, 0x300000, "ram"));
}

#include "models/firmware/acpi_header.h"
#include "models/firmware/acpi_tables.h"
#include "models/firmware/aml.h"
#include "models/firmware/dsdt.h"
#include "models/firmware/dump_file.h"
#include "models/firmware/firmware_error.h"
#include "models/firmware/placement.h"
#include "models/firmware/pvh.h"
#include "models/firmware/smbios.h"
#include "tests/catch.h"
#include "tests/firmware/firmware_files.h"

using namespace apicsim;

namespace {

std::uint64_t number(const Bytes& bytes, std::size_t at, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = width; i-- > 0;) value = value << 8 | bytes.at(at + i);
  return value;
}

std::string text(const Bytes& bytes, std::size_t at) {
  return reinterpret_cast<const char*>(bytes.data() + at);
}

FirmwareDescription small_firmware() {
  FirmwareDescription firmware;
  firmware.rsdp.address = 0xF0000;
  firmware.region_base = 0x100000;
  firmware.region_size = 0x1000;
  AcpiTable fadt;
  fadt.signature = "FACP";
  fadt.header.revision = 3;
  fadt.body = FadtDescription{};
  AcpiTable mcfg;
  mcfg.signature = "MCFG";
  mcfg.body = McfgDescription{{{0xE0000000, 0, 0, 255}}};
  firmware.tables = {fadt, mcfg};
  return firmware;
}

const FirmwareBlob& find(const FirmwareImage& image, const std::string& name) {
  for (const FirmwareBlob& blob : image.blobs) {
    if (blob.name == name) return blob;
  }
  FAIL("no blob " << name);
  return image.blobs.front();
}

}  // namespace

TEST_CASE("The length of the FADT follows its revision, ACPI §5.2.9") {
  const FadtDescription fadt;
  CHECK(build_fadt(fadt, 1).size() + 36 == 116);
  CHECK(build_fadt(fadt, 3).size() + 36 == 244);
  CHECK(build_fadt(fadt, 5).size() + 36 == 268);
  CHECK(build_fadt(fadt, 6).size() + 36 == 276);
}

TEST_CASE("A FADT value that does not fit its field is refused with the field's name") {
  FadtDescription fadt;
  fadt.pm1_event_length = 0x100;
  CHECK_THROWS_WITH(build_fadt(fadt, 3),
                    "FADT field 'pm1_event_length' is 0x100; it has only 1 bytes");
}

TEST_CASE("A SLIT is square, 10 on its diagonal and nowhere less, ACPI §5.2.17") {
  CHECK(build_slit({{{10, 21}, {21, 10}}}) == Bytes{2, 0, 0, 0, 0, 0, 0, 0, 10, 21, 21, 10});
  CHECK_THROWS_AS(build_slit({{{10, 21}, {21}}}), FirmwareError);
  CHECK_THROWS_AS(build_slit({{{11, 21}, {21, 10}}}), FirmwareError);
  CHECK_THROWS_AS(build_slit({{{10, 9}, {21, 10}}}), FirmwareError);
}

TEST_CASE("Header names that are too long are refused") {
  AcpiHeader header;
  header.oem_id = "SEVENCH";
  CHECK_THROWS_WITH(wrap_table("TEST", header, {}),
                    "OEM id 'SEVENCH' has 7 characters; allowed: up to 6");
}

TEST_CASE("AML package lengths take one to four bytes and count themselves, ACPI §20.2.4") {
  CHECK(aml::buffer(Bytes(60, 0))[1] == 0x3F);
  const Bytes two = aml::buffer(Bytes(61, 0));
  CHECK(two[1] == 0x41);
  CHECK(two[2] == 0x04);
  CHECK((two[1] & 0xF) + two[2] * 16U == two.size() - 1);
  const Bytes three = aml::buffer(Bytes(5000, 0));
  CHECK(three[1] >> 6 == 2);
  CHECK((three[1] & 0xFU) + three[2] * 16U + three[3] * 4096U == three.size() - 1);
}

TEST_CASE("EISA ids are compressed most significant byte first, ACPI §18.5.36") {
  CHECK(aml::eisa_id("PNP0A08") == Bytes{0x0C, 0x41, 0xD0, 0x0A, 0x08});
  CHECK_THROWS_AS(aml::eisa_id("ACPI0007"), FirmwareError);
}

TEST_CASE("Names with more than four or with lower-case characters are refused") {
  CHECK(aml::name_string("\\_SB") == Bytes{0x5C, '_', 'S', 'B', '_'});
  CHECK_THROWS_AS(aml::name_string("TOOLONG"), FirmwareError);
  CHECK_THROWS_AS(aml::name_string("abcd"), FirmwareError);
  CHECK_THROWS_AS(aml::name_string("1ABC"), FirmwareError);
  CHECK_THROWS_AS(aml::name_string(""), FirmwareError);
}

TEST_CASE("Processor() takes uids up to 254, ACPI §5.2.12.7") {
  DsdtDescription dsdt;
  dsdt.processors.push_back({"C000", 254, 0, 0});
  CHECK_NOTHROW(build_dsdt(dsdt));
  dsdt.processors[0].uid = 255;
  CHECK_THROWS_AS(build_dsdt(dsdt), FirmwareError);
  dsdt.processor_form = DsdtProcessorForm::device;
  CHECK_NOTHROW(build_dsdt(dsdt));
}

TEST_CASE("The placement links RSDP, XSDT, FADT, DSDT and FACS") {
  const FirmwareImage image = place_firmware(small_firmware());
  const Bytes& rsdp = find(image, "RSDP").bytes;
  CHECK(image.rsdp_address == 0xF0000);
  CHECK(text(rsdp, 0).substr(0, 8) == "RSD PTR ");
  CHECK(number(rsdp, 24, 8) == find(image, "XSDT").address);
  CHECK(number(rsdp, 16, 4) == find(image, "RSDT").address);
  const Bytes& xsdt = find(image, "XSDT").bytes;
  CHECK(number(xsdt, 36, 8) == find(image, "FACP").address);
  CHECK(number(xsdt, 44, 8) == find(image, "MCFG").address);
  const Bytes& fadt = find(image, "FACP").bytes;
  CHECK(number(fadt, 36, 4) == find(image, "FACS").address);
  CHECK(number(fadt, 140, 8) == find(image, "DSDT").address);
  CHECK(find(image, "FACS").address % 64 == 0);
  CHECK(byte_sum(rsdp) == 0);
  CHECK(byte_sum(Bytes(rsdp.begin(), rsdp.begin() + 20)) == 0);
}

TEST_CASE("Tables with a place of their own are left there and the others go around them") {
  FirmwareDescription firmware = small_firmware();
  firmware.tables[1].address = 0x100040;
  const FirmwareImage image = place_firmware(firmware);
  CHECK(find(image, "MCFG").address == 0x100040);
  CHECK(find(image, "FACS").address == 0x100000);
  CHECK(find(image, "DSDT").address >= 0x100040 + 60);
}

TEST_CASE("Tables that overlap or do not fit the region are refused by name") {
  FirmwareDescription firmware = small_firmware();
  firmware.tables[0].address = 0x200000;
  firmware.tables[1].address = 0x200010;
  CHECK_THROWS_WITH(place_firmware(firmware),
                    "FACP at 0x200000 (244 bytes) overlaps MCFG at 0x200010; move one of them");
  firmware = small_firmware();
  firmware.region_size = 0x40;
  CHECK_THROWS_AS(place_firmware(firmware), FirmwareError);
}

TEST_CASE("A dump replaces the described table and keeps its bytes, wrong checksum included") {
  const auto folder = test::fresh_folder("dump");
  Bytes dump = wrap_table("MCFG", {}, Bytes(8, 0));
  dump[9] ^= 0x55;
  test::write_bytes(folder / "mcfg.bin", dump);
  FirmwareDescription firmware = small_firmware();
  replace_table(firmware.tables, read_table_dump((folder / "mcfg.bin").string(), "MCFG"));
  REQUIRE(firmware.tables.size() == 2);
  CHECK(find(place_firmware(firmware), "MCFG").bytes == dump);
}

TEST_CASE("A dump that is absent, cut or another table is refused in one line") {
  const auto folder = test::fresh_folder("bad-dump");
  Bytes table = wrap_table("MCFG", {}, Bytes(8, 0));
  test::write_bytes(folder / "mcfg.bin", table);
  table.pop_back();
  test::write_bytes(folder / "cut.bin", table);
  test::write_bytes(folder / "short.bin", Bytes(5, 'A'));
  const std::string base = folder.string() + "/";
  CHECK_THROWS_WITH(read_table_dump(base + "none.bin", "MCFG"), base + "none.bin: cannot be read");
  CHECK_THROWS_WITH(read_table_dump(base + "mcfg.bin", "DMAR"),
                    base + "mcfg.bin: is a table 'MCFG', not 'DMAR'");
  CHECK_THROWS_WITH(read_table_dump(base + "cut.bin", "MCFG"),
                    base + "cut.bin: length field of table 'MCFG' says 44 bytes, the file has 43");
  CHECK_THROWS_WITH(read_table_dump(base + "short.bin", "MCFG"),
                    base + "short.bin: 5 bytes are too few for an ACPI table; its header has 36");
}

TEST_CASE("The SMBIOS entry point has both checksums and leads to the strings, DSP0134 §5.2.1") {
  SmbiosDescription smbios;
  smbios.present = true;
  smbios.table_address = 0x12345000;
  smbios.bios.vendor = "HP";
  smbios.bios.version = "P71";
  smbios.bios.date = "03/01/2013";
  const SmbiosTable table = build_smbios_table(smbios);
  const Bytes entry = build_smbios_entry(smbios, table);
  REQUIRE(entry.size() == 31);
  CHECK(byte_sum(entry) == 0);
  CHECK(byte_sum(Bytes(entry.begin() + 16, entry.end())) == 0);
  CHECK(number(entry, 22, 2) == table.bytes.size());
  CHECK(number(entry, 24, 4) == 0x12345000);
  const std::size_t strings = table.bytes[1];
  CHECK(text(table.bytes, strings) == "HP");
  CHECK(text(table.bytes, strings + 3) == "P71");
}

TEST_CASE("SMBIOS structures can be walked to the end marker, DSP0134 §6.1") {
  SmbiosDescription smbios;
  smbios.processors.resize(2);
  smbios.memory_devices.resize(3);
  smbios.mapped_ranges.push_back({0x100000000, 0x100000000});
  const SmbiosTable table = build_smbios_table(smbios);
  std::vector<int> types;
  std::size_t at = 0;
  while (at + 4 < table.bytes.size()) {
    types.push_back(table.bytes[at]);
    at += table.bytes[at + 1];
    while (table.bytes.at(at) != 0 || table.bytes.at(at + 1) != 0) ++at;
    at += 2;
  }
  CHECK(at == table.bytes.size());
  CHECK(types == std::vector<int>{0, 1, 3, 4, 4, 16, 17, 17, 17, 19, 32, 127});
  CHECK(types.size() == table.structures);
}

TEST_CASE("PVH start information leads to command line, modules and memory map") {
  PvhDescription pvh;
  pvh.rsdp_address = 0xF4F00;
  pvh.command_line = "console=ttyS0";
  pvh.modules = {{0x1000000, 0x800, "script"}};
  pvh.memory_map = {{0, 0x9F000, 1}, {0x100000, 0x1FF00000, 1}};
  const FirmwareBlob blob = build_pvh_start_info(pvh, 0x2000);
  const auto at = [&](std::uint64_t address) { return static_cast<std::size_t>(address - 0x2000); };
  CHECK(number(blob.bytes, 0, 4) == 0x336EC578);
  CHECK(number(blob.bytes, 4, 4) == 1);
  CHECK(number(blob.bytes, 12, 4) == 1);
  const std::size_t module = at(number(blob.bytes, 16, 8));
  CHECK(number(blob.bytes, module, 8) == 0x1000000);
  CHECK(text(blob.bytes, at(number(blob.bytes, module + 16, 8))) == "script");
  CHECK(text(blob.bytes, at(number(blob.bytes, 24, 8))) == "console=ttyS0");
  CHECK(number(blob.bytes, 32, 8) == 0xF4F00);
  CHECK(number(blob.bytes, 48, 4) == 2);
  const std::size_t map = at(number(blob.bytes, 40, 8));
  CHECK(number(blob.bytes, map + 24, 8) == 0x100000);
  CHECK(number(blob.bytes, map + 40, 4) == 1);
  CHECK_THROWS_AS(build_pvh_start_info(pvh, 0x2001), FirmwareError);
  CHECK_THROWS_AS(build_pvh_start_info(pvh, 0x100000000), FirmwareError);
}

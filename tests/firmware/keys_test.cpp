#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "models/firmware/placement.h"
#include "sim/scenario/machine_loader.h"
#include "sim/scenario/scenario_file.h"
#include "tests/catch.h"
#include "tests/firmware/firmware_files.h"

using namespace apicsim;
namespace fs = std::filesystem;

namespace {

/// A table of the DL360p Gen8 with a [firmware] section, as bytes.
Bytes table_with(const std::string& name, const std::string& section) {
  const ScenarioFile file = parse_scenario(
      "title = \"x\"\nmachine = \"hp-dl360p-gen8\"\n" + section + "[kernel]\nimage = \"x\"\n",
      "a.toml", {});
  MachineOverrides overrides;
  overrides.firmware = &*file.firmware;
  const Machine machine = load_machine(test::configs(), file.machine, overrides);
  for (const FirmwareBlob& blob : place_firmware(machine.firmware).blobs)
    if (blob.name == name) return blob.bytes;
  return {};
}

/// What iasl reads in a table: "name : value" lines without offsets.
std::string read_by_iasl(const std::string& name, const Bytes& bytes) {
  const fs::path folder = test::fresh_folder("keys-" + name);
  const std::string binary = (folder / (name + ".bin")).string();
  test::write_bytes(binary, bytes);
  const int status = std::system(fmt::format("iasl -d '{}' >/dev/null 2>&1", binary).c_str());
  CHECK(status == 0);
  std::ifstream file(folder / (name + ".dsl"));
  std::string all;
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(" : ");
    if (line.empty() || line[0] != '[' || colon == std::string::npos) continue;
    const std::size_t first = line.find_first_not_of(' ', line.find(']') + 1);
    all += line.substr(first, colon - first) + "=" + line.substr(colon + 3) + "\n";
  }
  return all;
}

void check_lines(const std::string& text, const std::vector<std::string>& lines) {
  INFO(text);
  for (const std::string& line : lines) {
    INFO("wanted: " << line);
    CHECK(text.find(line + "\n") != std::string::npos);
  }
}

bool have_iasl() { return std::system("iasl -v >/dev/null 2>&1") == 0; }

}  // namespace

TEST_CASE("Every field of the DMAR is settable, and iasl reads what was set") {
  if (!have_iasl()) SKIP("iasl is not installed");
  const Bytes bytes = table_with("DMAR", R"([firmware.dmar]
revision = 2
oem_id = "ABCDEF"
oem_revision = 0x1234
host_address_width = 39
flags = 5
entries = [
  { type = "drhd", flags = 0, size = 3, segment = 2, address = 0xFED91000, scopes = [
    { type = 1, flags = 0x5A, reserved = 0, id = 7, path = "03:1c.7/00.2" }, "hpet 4 00:1f.0" ] },
  { type = "rmrr", segment = 1, base = 0x1000, limit = 0x1FFF, scopes = ["endpoint 00:1d.0"] },
  { type = "atsr", flags = 1, segment = 3 },
  { type = "rhsa", address = 0xFED91000, proximity = 9 },
  { type = "andd", device = 6, name = "\\_SB.I2C0" },
  { type = "satc", flags = 1, segment = 4, scopes = ["endpoint 00:02.0"] },
]
)");
  check_lines(
      read_by_iasl("DMAR", bytes),
      {"Revision=02", "Oem ID=\"ABCDEF\"", "Oem Revision=00001234", "Host Address Width=26",
       "Flags=05", "Register Base Address=00000000FED91000", "Enumeration ID=07",
       "PCI Bus Number=03", "PCI Path=1C,07", "PCI Path=00,02", "Base Address=0000000000001000",
       "End Address (limit)=0000000000001FFF", "Proximity Domain=00000009", "Device Number=06"});
}

TEST_CASE("Structures of the DMAR may have any type, any bytes and a length that lies") {
  const Bytes bytes = table_with("DMAR", R"([firmware.dmar]
entries = [
  { type = 0x77, body = "01 02 03 04" },
  { type = "raw", body = "ff ff ff" },
  { type = "rhsa", address = 1, length = 0 },
  { type = "sidp", segment = 5, scopes = ["endpoint 00:02.0"], length = 0x40 },
  { type = "andd", device = 1, name = "AB", terminated = false },
]
)");
  const Bytes body(bytes.begin() + 48, bytes.end());
  const Bytes first = {0x77, 0, 8, 0, 1, 2, 3, 4, 0xFF, 0xFF, 0xFF, 3, 0, 0, 0};
  CHECK(Bytes(body.begin(), body.begin() + 15) == first);
  const Bytes sidp = {6, 0, 0x40, 0, 0, 0, 5, 0, 1, 8, 0, 0, 0, 0, 2, 0};
  CHECK(Bytes(body.begin() + 31, body.begin() + 47) == sidp);
  const Bytes andd = {4, 0, 10, 0, 0, 0, 0, 1, 'A', 'B'};
  CHECK(Bytes(body.begin() + 47, body.end()) == andd);
}

TEST_CASE("Every kind of structure of the MADT is settable, and iasl reads what was set") {
  if (!have_iasl()) SKIP("iasl is not installed");
  const Bytes bytes = table_with("APIC", R"([firmware.madt]
local_apic_address = 0xFEE10000
flags = 0
entries = [
  { type = "local-apic", uid = 3, apic_id = 4, flags = 2 },
  { type = "io-apic", id = 9, address = 0xFEC10000, gsi_base = 24 },
  { type = "override", source = 7, gsi = 20, flags = 0xF },
  { type = "nmi-source", flags = 5, gsi = 33 },
  { type = "local-apic-nmi", uid = 1, flags = 5, lint = 0 },
  { type = "local-apic-address", address = 0x1FEE00000 },
  { type = "io-sapic", id = 2, gsi_base = 48, address = 0x1FEC00000 },
  { type = "platform-interrupt", flags = 1, interrupt_type = 3, vector = 0x41, gsi = 50 },
  { type = "local-x2apic", apic_id = 300, uid = 301 },
  { type = "x2apic-nmi", uid = 302, lint = 1 },
]
)");
  check_lines(read_by_iasl("APIC", bytes),
              {"Local Apic Address=FEE10000", "Processor ID=03", "Local Apic ID=04",
               "I/O Apic ID=09", "Address=FEC10000", "Interrupt=00000018", "Source=07",
               "Interrupt=00000014", "Interrupt=00000021", "Interrupt Input LINT=00",
               "APIC Address=00000001FEE00000", "Address=00000001FEC00000",
               "Processor x2Apic ID=0000012C", "Processor UID=0000012D", "Processor UID=0000012E"});
}

TEST_CASE("Fields of FADT, HPET and MCFG are settable, and iasl reads what was set") {
  if (!have_iasl()) SKIP("iasl is not installed");
  check_lines(read_by_iasl("HPET", table_with("HPET", R"([firmware.hpet]
block_id = 0x12345678
number = 3
minimum_tick = 0x80
page_protection = 1
)")),
              {"Hardware Block ID=12345678", "Sequence Number=03", "Minimum Clock Ticks=0080"});
  check_lines(read_by_iasl("MCFG", table_with("MCFG", R"([firmware.mcfg]
allocations = [{ base = 0xE0000000, segment = 2, start_bus = 9, end_bus = 5, reserved = 0 }]
)")),
              {"Base Address=00000000E0000000", "Segment Group Number=0002", "Start Bus Number=09",
               "End Bus Number=05"});
  check_lines(read_by_iasl("FACP", table_with("FACP", R"([firmware.fadt]
pm_timer_block = 0x1234
sci_interrupt = 11
)")),
              {"SCI Interrupt=000B", "PM Timer Block Address=00001234"});
}

TEST_CASE("SMBIOS strings that Linux prints as BIOS vendor are settable, and structures added") {
  const Bytes bytes = table_with("SMBIOS table", R"([firmware.smbios]
bios.vendor = "Example Vendor"
bios.version = "1.2.3"
system.version = "Product V"
system.uuid = "01 02 03"
structures = [{ type = 221, handle = 0x5000, body = "01 07", strings = ["first", "second"] }]
)");
  const std::string text(bytes.begin(), bytes.end());
  CHECK(text.find("Example Vendor\0001.2.3\0", 0, 20) != std::string::npos);
  CHECK(text.find("Product V") != std::string::npos);
  const Bytes raw = {221, 6, 0x00, 0x50, 1,   7,   'f', 'i', 'r', 's',
                     't', 0, 's',  'e',  'c', 'o', 'n', 'd', 0,   0};
  CHECK(text.find(std::string(raw.begin(), raw.end())) != std::string::npos);
}

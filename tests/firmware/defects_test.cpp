#include "models/firmware/defects.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "models/firmware/acpi_header.h"
#include "models/firmware/acpi_tables.h"
#include "models/firmware/defects_page.h"
#include "models/firmware/firmware_error.h"
#include "models/firmware/placement.h"
#include "sim/scenario/machine_loader.h"
#include "tests/catch.h"
#include "tests/firmware/firmware_files.h"

using namespace apicsim;
namespace fs = std::filesystem;

namespace {

FirmwareDefect defect(const std::string& name) {
  for (const FirmwareDefect& one : firmware_defects())
    if (one.name == name) return one;
  FAIL("there is no defect " << name);
  return {};
}

DefectArguments with(const std::map<std::string, std::uint64_t>& numbers,
                     const std::map<std::string, std::string>& texts = {}) {
  DefectArguments arguments;
  for (const auto& [name, value] : numbers) arguments.set(name, value);
  for (const auto& [name, value] : texts) arguments.set(name, value);
  return arguments;
}

void put(const std::string& name, const DefectArguments& arguments, FirmwareDescription& firmware) {
  DefectTarget target{firmware, [](std::uint64_t, std::uint64_t) { return true; },
                      [](std::uint64_t, std::uint64_t) { return true; }};
  apply_defect(defect(name), arguments, target);
}

/// The one table of a firmware, after a defect.
Bytes damaged(const Bytes& table, const std::string& name, const DefectArguments& arguments = {}) {
  FirmwareDescription firmware;
  AcpiTable one;
  one.signature = table_signature(table);
  one.header = parse_header(table);
  one.body = RawBody{table, true};
  firmware.tables = {one};
  put(name, arguments, firmware);
  return build_table(firmware.tables.at(0));
}

fs::path oracle(const std::string& name) {
  return fs::path(APICSIM_SOURCE_DIR) / ".." / "shared" / "data" / "kernel-oracle" / "cases" /
         name / "dmar.bin";
}

struct OracleCase {
  const char* from;
  const char* defect;
  DefectArguments arguments;
  const char* to;
};

/// Tables that were made for a real kernel by other means.
std::vector<OracleCase> oracle_cases() {
  return {
      {"live-good", "dmar-base-zero", {}, "live-base0"},
      {"live-good", "dmar-base-ones", with({{"address", 0xFFFB0000}}), "live-ones"},
      {"live-good", "dmar-base-unaligned", {}, "live-base-unaligned"},
      {"live-good", "dmar-x2apic-opt-out", {}, "cpunox2-live-optout"},
      {"live-good", "dmar-platform-opt-in", {}, "live-platform-optin"},
      {"live-good", "dmar-flags-reserved", {}, "live-flagsff"},
      {"live-good", "dmar-ioapic-missing", {}, "noiommu-ioapic-missing"},
      {"live-good", "dmar-ioapic-wrong-id", with({{"wrong", 5}}), "live-ioapic-wrongid"},
      {"live-good", "structure-short", {}, "live-drhd-short8"},
      {"live-good", "structure-none", {}, "live-hdr48-nosubs"},
      {"live-good", "table-truncated", with({{"bytes", 36}}), "live-hdr36"},
      {"live-good", "structure-past-end", {}, "live-pastend-by1"},
      {"live-good", "structure-past-end", with({{"by", 72}}), "noiommu-pastend-drhd"},
      {"live-good", "table-checksum", {}, "raw-cksum-bad"},
      {"live-good", "table-length", with({{"length", 0}}), "raw-length-0"},
      {"live-good", "table-length", with({{"length", 35}}), "raw-length-35"},
      {"live-good", "table-length", with({{"length", 47}}), "raw-length-47"},
      {"live-good", "table-length", with({{"length", 0x7FFFFFFF}}), "raw-length-huge"},
      {"live-rmrr-ok", "rmrr-missing", {}, "live-good"},
      {"live-rmrr-ok", "rmrr-no-devices", {}, "live-rmrr-noscope"},
      {"live-rmrr-ok", "rmrr-unaligned", with({{"offset", 0x800}}), "live-rmrr-unaligned"},
      {"live-rmrr-ok", "rmrr-limit-unaligned", with({{"offset", 0xFFF}}),
       "live-rmrr-limit-eq-base"},
      {"live-rmrr-ok", "dmar-no-units", {}, "live-rmrr-only"},
      {"live-rmrr-ok", "structure-missing", {}, "live-good"},
      {"live-base0+good", "dmar-unit-missing", {}, "live-good"},
  };
}

/// The tables of a firmware as they would be in memory.
std::map<std::string, Bytes> tables_of(const FirmwareDescription& firmware) {
  std::map<std::string, Bytes> tables;
  for (const FirmwareBlob& blob : place_firmware(firmware).blobs) tables[blob.name] = blob.bytes;
  return tables;
}

/// What a defect needs that it has no default for.
DefectArguments needed(const std::string& name) {
  if (name == "rmrr-short-path") return with({{"region", 1}, {"bus", 1}});
  if (name == "rmrr-moved") return with({{"base", 0x100000}});
  if (name == "structure-unknown") return with({{"type", 0x55}});
  if (name == "dmar-scope-endpoint-as-bridge") return with({{"unit", 0}});
  return {};
}

/// Those that this machine's good firmware has nothing for, with what they say.
const std::map<std::string, std::string> kNotOnThisMachine = {
    {"dmar-x2apic-opt-out", "bit 0x2 of the flags is 1 already"},
    {"dmar-include-all-first", ""},
    {"table-patch", ""},
};

}  // namespace

TEST_CASE("A defect makes of a good table what was made of it for the real kernel") {
  if (!fs::exists(oracle("live-good"))) SKIP("the tables of the kernel oracle are not here");
  for (const OracleCase& one : oracle_cases()) {
    INFO(one.defect << " makes " << one.to);
    CHECK(damaged(test::read_bytes(oracle(one.from)), one.defect, one.arguments) ==
          test::read_bytes(oracle(one.to)));
  }
}

TEST_CASE("Every defect changes the DL360p Gen8's firmware and leaves checksums as it must") {
  const Machine machine = load_machine(test::configs(), "hp-dl360p-gen8");
  const auto good = tables_of(machine.firmware);
  for (const FirmwareDefect& one : firmware_defects()) {
    if (kNotOnThisMachine.count(one.name) != 0) continue;
    INFO(one.name);
    FirmwareDescription firmware = machine.firmware;
    REQUIRE_NOTHROW(put(one.name, needed(one.name), firmware));
    const auto bad = tables_of(firmware);
    const bool of_the_map = one.name.find("not-reserved") != std::string::npos;
    CHECK((bad == good) == of_the_map);
    const bool of_the_sum = one.name == "table-checksum" || one.name == "smbios-checksum";
    for (const auto& [name, bytes] : bad) {
      if (name == "FACS" || name == "SMBIOS table" || of_the_sum) continue;
      CHECK(static_cast<int>(byte_sum(bytes)) == 0);
    }
  }
}

TEST_CASE("A defect that the firmware has nothing for says so in a line") {
  const Machine machine = load_machine(test::configs(), "hp-dl360p-gen8");
  const auto error = [&](const std::string& name, const DefectArguments& arguments) {
    FirmwareDescription firmware = machine.firmware;
    try {
      put(name, arguments, firmware);
    } catch (const FirmwareError& problem) {
      return std::string(problem.what());
    }
    return std::string("no error");
  };
  CHECK(error("dmar-base-zero", with({{"unit", 2}})) == "there is no unit 2; the table has 0..1");
  CHECK(error("dmar-x2apic-opt-out", {}) == "bit 0x2 of the flags is 1 already");
  CHECK(error("table-checksum", with({}, {{"table", "BGRT"}})) ==
        "the firmware has no table 'BGRT'; it has FACP, SPCR, MCFG, HPET, APIC, SRAT, DMAR");
  CHECK(error("structure-none", with({}, {{"table", "HPET"}})) ==
        "table 'HPET' has no list of structures; allowed: DMAR, APIC, SRAT");
  CHECK(error("structure-length", with({{"length", 0x10000}})) ==
        "a length of 65536 does not fit its 2 bytes");
  CHECK(error("madt-override-missing", with({{"source", 7}})) ==
        "the table overrides no ISA interrupt 7");
  CHECK(error("rmrr-short-path", with({{"region", 0}})) ==
        "no device of that region lies behind a bridge");
  CHECK(error("rmrr-moved", {}) == "needs 'base', the wrong address");
}

TEST_CASE("Names of defects and parameters are single, and every one says what it does") {
  std::set<std::string> names;
  for (const FirmwareDefect& one : firmware_defects()) {
    INFO(one.name);
    CHECK(names.insert(one.name).second);
    CHECK_FALSE(one.about.empty());
    std::set<std::string> parameters = {"name"};
    for (const DefectParameter& parameter : one.parameters) {
      CHECK(parameters.insert(parameter.name).second);
      CHECK_FALSE(parameter.about.empty());
    }
  }
  CHECK(names.size() > 60);
}

TEST_CASE("A wrong checksum and length stay as wrong under a second defect") {
  const Bytes table = wrap_table("DMAR", {}, build_dmar([] {
                                   DmarDescription dmar;
                                   dmar.entries = {DmarDrhd{1, 0, 0, 0xFED90000, {}}};
                                   return dmar;
                                 }()));
  const Bytes wrong = damaged(table, "table-checksum", with({{"error", 5}}));
  CHECK(static_cast<int>(byte_sum(wrong)) == 5);
  CHECK(static_cast<int>(byte_sum(damaged(wrong, "dmar-base-zero"))) == 5);
  const Bytes longer = damaged(table, "table-length", with({{"length", 99}}));
  CHECK(damaged(longer, "dmar-base-zero")[4] == 99);
  CHECK(damaged(table, "dmar-unit-twice")[4] == table.size() + 16);
}

TEST_CASE("Defects of structures keep what surrounds the structure, byte for byte") {
  MadtDescription madt;
  madt.entries = {MadtLocalApic{0, 0, 1}, MadtIoApic{8, 0xFEC00000, 0}, MadtOverride{0, 0, 2, 5}};
  const Bytes table = wrap_table("APIC", {}, build_madt(madt));
  const DefectArguments second = with({{"structure", 1}}, {{"table", "APIC"}});
  const Bytes gone = damaged(table, "structure-missing", second);
  CHECK(gone.size() == table.size() - 12);
  CHECK(std::equal(gone.begin() + 36, gone.begin() + 52, table.begin() + 36));
  CHECK(std::equal(gone.begin() + 52, gone.end(), table.begin() + 64));
  const Bytes zero = damaged(table, "structure-zero-length", second);
  CHECK(zero[53] == 0);
  CHECK(std::equal(zero.begin() + 54, zero.end(), table.begin() + 54));
}

TEST_CASE("Defects survive any damage that a table already has") {
  const Machine machine = load_machine(test::configs(), "hp-dl360p-gen8");
  const auto good = tables_of(machine.firmware);
  std::uint32_t state = 1;
  for (const std::string table : {"DMAR", "APIC", "HPET", "MCFG", "FACP", "SRAT"}) {
    for (int round = 0; round < 40; ++round) {
      Bytes bytes = good.at(table);
      for (int change = 0; change < 8; ++change) {
        state = state * 1664525 + 1013904223;
        bytes[(state >> 8) % bytes.size()] = static_cast<std::uint8_t>(state >> 24);
      }
      if (round % 3 == 0) bytes.resize(1 + (state >> 8) % bytes.size());
      for (const FirmwareDefect& one : firmware_defects()) {
        FirmwareDescription firmware;
        AcpiTable first;
        first.signature = table;
        first.body = RawBody{bytes, true};
        firmware.tables = {first};
        try {
          put(one.name, with({}, {{"table", table}}), firmware);
        } catch (const FirmwareError& error) {
          REQUIRE(std::string(error.what()).find('\n') == std::string::npos);
        }
      }
    }
  }
}

TEST_CASE("docs/firmware-defects.md is what the list of defects says") {
  const std::string page = defects_page(firmware_defects());
  const Bytes written = test::read_bytes(fs::path(APICSIM_SOURCE_DIR) / "docs/firmware-defects.md");
  const fs::path fresh = test::fresh_folder("defects") / "firmware-defects.md";
  test::write_bytes(fresh, Bytes(page.begin(), page.end()));
  INFO("copy " << fresh.string() << " to docs/");
  CHECK(std::string(written.begin(), written.end()) == page);
}

#include <algorithm>
#include <variant>

#include "models/firmware/acpi_header.h"
#include "models/firmware/acpi_tables.h"
#include "tests/catch.h"
#include "tests/firmware/firmware_files.h"

using namespace apicsim;
namespace fs = std::filesystem;

namespace {

std::vector<fs::path> dumps() {
  std::vector<fs::path> paths;
  if (!fs::exists(test::real_tables())) return paths;
  for (const auto& entry : fs::recursive_directory_iterator(test::real_tables())) {
    if (entry.path().extension() == ".bin") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

constexpr std::size_t checksum = 9;

/// How many structures of a parsed table stayed raw.
template <typename Description>
std::size_t raw_entries(const AcpiTable& table) {
  const auto* body = std::get_if<Description>(&table.body);
  if (body == nullptr) return 0;
  return static_cast<std::size_t>(
      std::count_if(body->entries.begin(), body->entries.end(),
                    [](const auto& entry) { return std::holds_alternative<RawEntry>(entry); }));
}

template <typename Description>
std::size_t all_entries(const AcpiTable& table) {
  const auto* body = std::get_if<Description>(&table.body);
  return body == nullptr ? 0 : body->entries.size();
}

}  // namespace

TEST_CASE("Every real table is parsed and rebuilt byte for byte") {
  const auto paths = dumps();
  if (paths.empty()) SKIP("the real tables are not here");
  for (const fs::path& path : paths) {
    INFO(path.filename().string());
    Bytes bytes = test::read_bytes(path);
    const AcpiTable table = parse_table(bytes);
    CHECK_FALSE(std::holds_alternative<RawBody>(table.body));
    const Bytes rebuilt = build_table(table);
    // A wrong checksum of the original is the one thing that a description does not keep.
    if (byte_sum(bytes) != 0) bytes[checksum] = rebuilt[checksum];
    CHECK(rebuilt == bytes);
  }
}

TEST_CASE("Few structures of real MADT and DMAR tables stay raw") {
  const auto paths = dumps();
  if (paths.empty()) SKIP("the real tables are not here");
  std::size_t raw = 0;
  std::size_t all = 0;
  for (const fs::path& path : paths) {
    const AcpiTable table = parse_table(test::read_bytes(path));
    raw += raw_entries<MadtDescription>(table) + raw_entries<DmarDescription>(table);
    all += all_entries<MadtDescription>(table) + all_entries<DmarDescription>(table);
  }
  INFO(raw << " of " << all << " structures are raw");
  CHECK(all > 1000);
  CHECK(raw * 20 < all);
}

TEST_CASE("A structure whose length reaches beyond its table is kept as raw bytes") {
  const MadtDescription madt = parse_madt({0, 0, 0xE0, 0xFE, 1, 0, 0, 0, 0, 8, 7});
  REQUIRE(madt.entries.size() == 1);
  REQUIRE(std::holds_alternative<RawEntry>(madt.entries[0]));
  CHECK(std::get<RawEntry>(madt.entries[0]).bytes == Bytes{0, 8, 7});
  const DmarDescription dmar = parse_dmar({45, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0});
  REQUIRE(dmar.entries.size() == 1);
  CHECK(std::holds_alternative<RawEntry>(dmar.entries[0]));
}

TEST_CASE("A structure of length zero ends the parsing instead of repeating for ever") {
  const MadtDescription madt = parse_madt({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  REQUIRE(madt.entries.size() == 1);
  CHECK(std::get<RawEntry>(madt.entries[0]).bytes.size() == 4);
}

TEST_CASE("A SLIT that breaks the rules of its matrix is kept as raw bytes") {
  const Bytes bad = wrap_table("SLIT", {}, {2, 0, 0, 0, 0, 0, 0, 0, 10, 5, 5, 10});
  const AcpiTable table = parse_table(bad);
  CHECK(std::holds_alternative<RawBody>(table.body));
  CHECK(build_table(table) == bad);
}

TEST_CASE("A table with any byte of its body changed is still parsed and rebuilt") {
  MadtDescription madt;
  madt.entries = {MadtLocalApic{1, 2, 1}, MadtIoApic{8, 0xFEC00000, 0}, MadtOverride{0, 0, 2, 5},
                  MadtLocalApicNmi{}, MadtLocalX2apic{300, 1, 300}};
  DmarDescription dmar;
  const DmarScope scope{1, 0, 0, 0, 0, {{0x1C, 7}, {0, 2}}};
  dmar.entries = {DmarDrhd{1, 0, 0, 0xFBEFE000, {scope}}, DmarRmrr{0, 0, 0xE8000, 0xE8FFF, {scope}},
                  DmarAtsr{0, 0, 0, {scope}}};
  const std::vector<Bytes> tables = {wrap_table("APIC", {}, build_madt(madt)),
                                     wrap_table("DMAR", {}, build_dmar(dmar))};
  for (const Bytes& table : tables) {
    for (std::size_t at = 36; at < table.size(); ++at) {
      for (const int change : {0x01, 0x80, 0xFF}) {
        Bytes damaged = table;
        damaged[at] = static_cast<std::uint8_t>(damaged[at] ^ change);
        Bytes rebuilt = build_table(parse_table(damaged));
        rebuilt[checksum] = damaged[checksum];
        REQUIRE(rebuilt == damaged);
      }
    }
  }
}

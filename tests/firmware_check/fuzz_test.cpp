#include <random>

#include "models/firmware/firmware_error.h"
#include "sim/firmware_check/derived_machine.h"
#include "sim/firmware_check/json_view.h"
#include "sim/firmware_check/text_view.h"
#include "tests/catch.h"
#include "tests/firmware/acpidump_text.h"
#include "tests/firmware/firmware_files.h"
#include "tests/firmware_check/sample_tables.h"

using namespace apicsim;

namespace {

constexpr unsigned kRounds = 2500;

/// Everything that the command does with a file before it boots a kernel.
void examine(const std::string& contents, const std::string& partner) {
  TableSet set;
  set.name = "fuzz";
  try {
    set.tables = read_tables(contents, "fuzz.bin");
    for (DecodedTable& table : read_tables(partner, "partner.bin"))
      set.tables.push_back(std::move(table));
    const FirmwareMemoryMap map = {{0, 0x9FFFF, "ram"}, {0x100000, 0x7FFFFFFF, "ram"}};
    findings_json(check_tables({set, map}));
    findings_text(check_tables({set, {}}), true);
    for (const DecodedTable& table : set.tables) {
      table_text(table);
      table_json(table).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    }
    derive_machine(set, {});
  } catch (const FirmwareError& error) {
    CHECK(std::string(error.what()).find('\n') == std::string::npos);
  }
}

std::string text_of(const Bytes& bytes) { return std::string(bytes.begin(), bytes.end()); }

std::vector<std::string> samples() {
  SratDescription srat;
  srat.entries = {SratLocalApic{}, SratMemory{0, 0, 0x1000000, 1}, SratX2apic{0, 300, 1, 0}};
  DmarDescription dmar = test::good_dmar();
  dmar.entries.emplace_back(DmarRhsa{0, 0xFED90000, 0});
  dmar.entries.emplace_back(DmarAndd{{0, 0, 0}, 1, {'\\', 'X', 0, 0}});
  dmar.entries.emplace_back(DmarAtsr{1, 0, 0, {}});
  std::vector<std::string> list;
  const auto add = [&](const char* name, AcpiBody body) {
    list.push_back(text_of(test::decoded(name, std::move(body), 3).bytes));
  };
  add("DMAR", dmar);
  add("APIC", test::good_madt());
  add("SRAT", srat);
  add("SLIT", SlitDescription{{{10, 20}, {20, 10}}});
  add("FACP", FadtDescription{});
  add("HPET", HpetTableDescription{});
  add("MCFG", McfgDescription{{{0x80000000, 0, 0, 255}}});
  add("SPCR", SpcrDescription{});
  list.push_back(test::acpidump_text("DMAR", 0x7D000, test::decoded("DMAR", dmar).bytes));
  std::error_code error;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(test::real_tables(), error))
    if (entry.path().extension() == ".bin" && list.size() < 60)
      list.push_back(text_of(test::read_bytes(entry.path())));
  return list;
}

void damage(std::string& bytes, std::mt19937_64& random) {
  static const unsigned char extremes[] = {0, 1, 2, 3, 6, 7, 8, 0x7F, 0x80, 0xFE, 0xFF};
  for (unsigned changes = 1 + random() % 6; changes != 0 && !bytes.empty(); --changes) {
    const std::size_t at = random() % bytes.size();
    switch (random() % 5) {
      case 0:
        bytes[at] = static_cast<char>(random());
        break;
      case 1:
        bytes[at] = static_cast<char>(extremes[random() % sizeof extremes]);
        break;
      case 2:
        bytes.resize(at);
        break;
      case 3:
        bytes.erase(at, 1 + random() % 9);
        break;
      default:
        bytes.insert(at, bytes.substr(random() % bytes.size(), 1 + random() % 40));
    }
  }
}

}  // namespace

TEST_CASE("Damaged tables are described or refused, never more") {
  const auto good = samples();
  std::mt19937_64 random(5);
  for (unsigned round = 0; round < kRounds; ++round) {
    std::string bytes = good[random() % good.size()];
    damage(bytes, random);
    examine(bytes, good[random() % 2]);
  }
}

TEST_CASE("Random bytes behind a table's name are described or refused") {
  static const char* const names[] = {"DMAR", "APIC", "SRAT",  "SLIT", "FACP",
                                      "HPET", "MCFG", "SPCR",  "FACS", "XSDT",
                                      "RSDT", "_SM_", "_SM3_", "XXXX", "RSD PTR "};
  std::mt19937_64 random(6);
  const std::string madt = samples()[1];
  for (unsigned round = 0; round < kRounds; ++round) {
    std::string bytes = names[random() % std::size(names)];
    const std::size_t size = bytes.size() + random() % 300;
    while (bytes.size() < size) bytes += static_cast<char>(random());
    if (random() % 2 == 0 && bytes.size() >= 8) bytes[5] = bytes[6] = bytes[7] = 0;
    examine(bytes, madt);
  }
}

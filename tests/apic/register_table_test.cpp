#include <fstream>
#include <sstream>

#include "models/apic/spec/local_apic_registers.h"
#include "tests/apic/apic_fixture.h"
#include "tests/catch.h"

using namespace apicsim;
using namespace apicsim::testing;
using namespace apicsim::lapic;

namespace {

std::string file_text(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The column of the words that a configuration shows.
constexpr std::size_t column_of(Interface from) { return static_cast<std::size_t>(from); }

const spec::TableRegister& table_row(const spec::RegisterTable& table, const char* name) {
  for (const spec::TableRegister& entry : table.registers)
    if (entry.name == name) return entry;
  throw std::out_of_range(name);
}

spec::Word word_of(const spec::TableRegister& entry, std::size_t column, unsigned bit) {
  for (const spec::BitRun& run : spec::bit_runs(entry))
    if (bit >= run.lsb && bit <= run.msb) return run.words[column];
  return spec::Word::absent;
}

LocalApicConfig p6_config() {
  LocalApicConfig config = plain_config(3, false);
  config.generation = ApicGeneration::p6;
  config.version = 0x11;
  config.max_lvt = 4;
  config.x2apic = config.tsc_deadline = config.directed_eoi = false;
  return config;
}

LocalApicConfig i82489dx_config() {
  LocalApicConfig config = p6_config();
  config.generation = ApicGeneration::i82489dx;
  config.version = 0x01;
  config.max_lvt = 2;
  return config;
}

/// Bits whose value changes by other things than a write to the register itself.
std::uint32_t state_bits(std::uint32_t offset) {
  if (offset == reg::icr) return icr::vector | 7u << icr::delivery_mode_shift;  // would send
  return 0;
}

/// A 32-bit page register does with each bit what its word says: written alone as one and as zero.
void check_page(const LocalApicConfig& config, Interface from) {
  const spec::RegisterTable table = register_table();
  for (const RegisterSpec& spec : registers()) {
    if (spec.access(from) != Access::read_write || spec.offset == reg::esr) continue;
    const spec::TableRegister& entry = table_row(table, spec.name);
    for (unsigned bit = 0; bit < 32; ++bit) {
      if ((state_bits(spec.offset) >> bit & 1) != 0) continue;
      ApicBench bench(config);
      bench.write(reg::svr, 0x1FF);  // an LVT entry can be unmasked
      const std::uint32_t before = bench.read(spec.offset);
      bench.write(spec.offset, before ^ 1u << bit);
      const bool changed = bench.read(spec.offset) != before;
      const spec::Word word = word_of(entry, column_of(from), bit);
      CAPTURE(spec.name, bit, spec::text(word));
      CHECK(changed == (word == spec::Word::rw || word == spec::Word::kept));
      if (word == spec::Word::reserved) CHECK((before >> bit & 1) == 0);
    }
  }
}

}  // namespace

TEST_CASE("docs/registers/local-apic.md is what the declarations say: scripts/register-tables") {
  const std::string path = std::string(APICSIM_SOURCE_DIR) + "/docs/registers/local-apic.md";
  CHECK(file_text(path) == spec::to_markdown(register_table()));
}

TEST_CASE("Every bit of every register has one word in each column, SDM Tables 11-1 and 11-6") {
  CHECK(spec::defects(register_table()).empty());
}

TEST_CASE("A table with fields that overlap, leave the register or lack a word has defects") {
  spec::RegisterTable table;
  table.columns = {"one"};
  spec::TableRegister entry;
  entry.name = "R";
  entry.places = {"0x0"};
  entry.fields = {{0, 4, "a", {spec::Word::rw}}, {3, 2, "b", {spec::Word::ro}}};
  table.registers = {entry};
  REQUIRE(spec::defects(table).size() == 1);
  CHECK(spec::defects(table)[0] == "one: R: bit 3 belongs to a and b");
  table.registers[0].fields = {{28, 8, "c", {spec::Word::rw}}};
  CHECK(spec::defects(table)[0] == "R: c leaves the register");
  table.registers[0].fields = {{0, 8, "d", {}}};
  CHECK(spec::defects(table)[0] == "R: d lacks a word");
}

TEST_CASE("Each bit of the page does what its word says, since the Pentium 4, SDM Table 11-1") {
  LocalApicConfig config = plain_config(3, false);
  check_page(config, Interface::xapic);
}

TEST_CASE("Each bit of the page does what its word says, Pentium and P6 family, SDM 11.4.8") {
  check_page(p6_config(), Interface::p6);
}

TEST_CASE("Each bit of the page does what its word says, 82489DX, SDM 11.4.8") {
  check_page(i82489dx_config(), Interface::i82489dx);
}

TEST_CASE("Places of the page without a register: ESR bit 7 where there is an ESR, SDM 11.5.3") {
  const std::pair<LocalApicConfig, Interface> rows[] = {{plain_config(3, false), Interface::xapic},
                                                        {p6_config(), Interface::p6}};
  for (const auto& [config, from] : rows) {
    for (std::uint32_t offset = 0; offset < 0x1000; offset += 0x10) {
      ApicBench bench(config);
      const RegisterSpec* spec = find_register(offset);
      const bool there = spec != nullptr && spec->access(from) != Access::none;
      const std::uint32_t expected = there ? 0 : esr::illegal_register_address;
      CAPTURE(offset, column_of(from));
      bench.read(offset);
      bench.write(reg::esr, 0);
      CHECK(bench.read(reg::esr) == expected);
      if (offset == reg::icr) continue;  // would send
      bench.write(offset, lvt::mask);
      bench.write(reg::esr, 0);
      CHECK(bench.read(reg::esr) == expected);
    }
  }
}

#include <fstream>
#include <sstream>

#include "tests/apic/io_apic_bench.h"

using namespace apicsim;
using namespace apicsim::testing;

namespace {

std::string file_text(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

spec::Word word_of(const char* name, std::size_t column, unsigned bit) {
  for (const spec::TableRegister& entry : ioapic::register_table().registers) {
    if (entry.name != name) continue;
    for (const spec::BitRun& run : spec::bit_runs(entry))
      if (bit >= run.lsb && bit <= run.msb) return run.words[column];
  }
  return spec::Word::absent;
}

/// Flips a bit through IOWIN and says whether it took.
bool flips(Bench& bench, std::uint32_t index, unsigned bit) {
  const std::uint32_t before = bench.read(index);
  bench.write(index, before ^ 1u << bit);
  const bool flipped = bench.read(index) != before;
  bench.write(index, before);
  return flipped;
}

void check_words(std::uint32_t version, std::size_t column) {
  Bench bench(plain(version));
  for (unsigned bit = 0; bit < 32; ++bit) {
    CAPTURE(bit);
    CHECK(flips(bench, 0, bit) == (word_of("IOAPICID", column, bit) == spec::Word::rw));
    CHECK_FALSE(flips(bench, 1, bit));
    CHECK_FALSE(flips(bench, 2, bit));
    for (const std::uint32_t pin : {0u, 9u, 23u}) {
      const std::uint32_t low = 0x10 + 2 * pin;
      CHECK(flips(bench, low, bit) == (word_of("IOREDTBL", column, bit) == spec::Word::rw));
      CHECK(flips(bench, low + 1, bit) ==
            (word_of("IOREDTBL", column, bit + 32) == spec::Word::rw));
    }
  }
}

}  // namespace

TEST_CASE("The declarations of the I/O APIC's registers are sound") {
  for (const std::string& defect : spec::defects(ioapic::register_table())) FAIL_CHECK(defect);
}

TEST_CASE("docs/registers/io-apic.md is what the declarations say: scripts/register-tables") {
  CHECK(file_text(APICSIM_SOURCE_DIR "/docs/registers/io-apic.md") ==
        spec::to_markdown(ioapic::register_table()));
}

TEST_CASE("An I/O APIC of version 0x11 does with each bit what its table says, 82093AA 3.2") {
  check_words(0x11, 0);
}

TEST_CASE("An I/O APIC of version 0x20 does with each bit what its table says, ICH9 13.5") {
  check_words(0x20, 1);
}

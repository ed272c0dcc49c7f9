#include <cstdlib>

#include "tests/catch.h"
#include "tests/fabric/interrupt_fuzz_board.h"

using namespace apicsim;
using namespace apicsim::testing;

namespace {

void fuzz(ApicGeneration generation, std::uint32_t seed, unsigned steps) {
  FuzzBoard board(generation, seed);
  for (unsigned step = 0; step < steps; ++step) {
    CAPTURE(seed, step);
    board.step();
    board.check();
  }
}

/// APICSIM_FUZZ_SEED tries another sequence.
std::uint32_t seed_or(std::uint32_t fallback) {
  const char* text = std::getenv("APICSIM_FUZZ_SEED");
  return text == nullptr ? fallback : static_cast<std::uint32_t>(std::strtoul(text, nullptr, 0));
}

constexpr unsigned some = 100'000;
constexpr unsigned many = 3'000'000;

}  // namespace

TEST_CASE("Random operations lose and invent no interrupt and keep the priority rules") {
  fuzz(ApicGeneration::xapic, seed_or(1), some);
}

TEST_CASE("Random operations on P6 APICs lose and invent no interrupt") {
  fuzz(ApicGeneration::p6, seed_or(2), some);
}

TEST_CASE("Random operations on 82489DX APICs lose and invent no interrupt") {
  fuzz(ApicGeneration::i82489dx, seed_or(3), some);
}

TEST_CASE("Long: random operations lose and invent no interrupt", "[.long]") {
  fuzz(ApicGeneration::xapic, seed_or(4), many);
}

TEST_CASE("Long: random operations on P6 APICs lose and invent no interrupt", "[.long]") {
  fuzz(ApicGeneration::p6, seed_or(5), many);
}

#include "tests/catch.h"
#include "tests/iommu/translation_device.h"

using namespace apicsim;
using namespace apicsim::testing;

namespace {

constexpr std::uint64_t descriptor = 0x40000;
constexpr std::uint64_t on = 1, sn = 2, nv = 0xF2ull << 16;

/// Entry 1 posts vector 41h to the descriptor, which notifies CPU 5 by vector F2h.
struct Bench : VtdBench {
  explicit Bench(bool urgent = false, const VtdUnit::Config& config = newest()) : VtdBench(config) {
    set_entry(1, descriptor << 32 | 0x410000 | (urgent ? 1 << 14 : 0) | 1 << 15 | 1, 0);
    set_control(nv | 5ull << 32);
    enable_remapping(true);
  }
  void set_control(std::uint64_t value) { poke(descriptor + 32, value); }
  std::uint64_t control() { return peek<std::uint64_t>(descriptor + 32); }
  void ask() { CHECK(request(by_handle(1), 0)); }
  unsigned reason() { return in64(0x408) >> 32 & 0xFF; }
};

}  // namespace

TEST_CASE("A posted interrupt sets its bit and notifies once while one is outstanding (§5.2.3)") {
  Bench bench;
  bench.ask();
  CHECK(bench.peek<std::uint64_t>(descriptor + 8) == 2);  // bit 65
  CHECK(bench.control() == (on | nv | 5ull << 32));
  REQUIRE(bench.interrupts.sent.size() == 1);
  CHECK(bench.interrupts.sent[0].message.vector == 0xF2);
  CHECK(bench.interrupts.sent[0].message.destination == 5);
  bench.ask();
  CHECK(bench.interrupts.sent.size() == 1);
  bench.set_control(nv | 5ull << 32);
  bench.ask();
  CHECK(bench.interrupts.sent.size() == 2);
  CHECK(bench.unit.statistics().posted == 3);
}

TEST_CASE("A suppressed notification leaves the request bit behind") {
  Bench bench;
  bench.set_control(sn | nv | 5ull << 32);
  bench.ask();
  CHECK(bench.interrupts.sent.empty());
  CHECK((bench.control() & on) == 0);
  CHECK(bench.peek<std::uint64_t>(descriptor + 8) == 2);
}

TEST_CASE("An urgent interrupt notifies although that is suppressed") {
  Bench bench(true);
  bench.set_control(sn | nv | 5ull << 32);
  bench.ask();
  CHECK(bench.interrupts.sent.size() == 1);
  CHECK((bench.control() & on) == on);
}

TEST_CASE("Whether a notification goes out: ON, SN and URG in all combinations") {
  for (unsigned state = 0; state < 8; ++state) {
    CAPTURE(state);
    PostedInterrupt interrupt;
    interrupt.urgent = (state & 4) != 0;
    const auto result = post(interrupt, (state & 3) | nv, {});
    REQUIRE(result);
    const bool expected = (state & 1) == 0 && ((state & 2) == 0 || (state & 4) != 0);
    CHECK(result->notification.has_value() == expected);
    CHECK((result->control & on) == ((state & 1) != 0 || expected ? 1 : 0));
  }
}

TEST_CASE("A descriptor outside memory is fault 27h, one with a reserved bit 28h (§5.2.3)") {
  Bench bench;
  bench.set_control(nv | 4);
  bench.ask();
  CHECK(bench.reason() == 0x28);
  bench.out(0x40C, 0x80000000);
  bench.set_entry(1, 0x410000 | 1 << 15 | 1, 1ull << 40);
  bench.out(0x18, 0x01000000 | 0x02000000);  // SIRTP forgets the entry: ESIRTPS
  bench.ask();
  CHECK(bench.reason() == 0x27);
  CHECK(bench.interrupts.sent.empty());
}

TEST_CASE("Without posted interrupts the format is a reserved bit: 24h (§9.10)") {
  Bench bench(false, gen8());
  bench.ask();
  CHECK(bench.fault_reason() == 0x24);
}

TEST_CASE("Every bit of an entry in posted format: reserved or not (§9.11)") {
  RemappingRules rules;
  rules.extended = true;
  rules.posted = true;
  rules.entries = 16;
  const InterruptTableEntry good{0x8001, 0};
  const auto blocked = [&](std::uint64_t low, std::uint64_t high) {
    return std::holds_alternative<InterruptBlock>(remap({low, high}, 0, 0, rules));
  };
  CHECK_FALSE(blocked(good.low, good.high));
  for (unsigned bit = 1; bit < 64; ++bit) {
    CAPTURE(bit);
    if (bit == 15) continue;
    const bool reserved =
        (bit >= 2 && bit <= 7) || bit == 12 || bit == 13 || (bit >= 24 && bit <= 37);
    CHECK(blocked(good.low | 1ull << bit, 0) == reserved);
  }
  for (unsigned bit = 20; bit < 64; ++bit) {
    CAPTURE(bit);
    CHECK(blocked(good.low, 1ull << bit) == (bit < 32));
  }
}

#include "tests/apic/io_apic_bench.h"

using namespace apicsim;
using namespace apicsim::testing;

namespace {

constexpr std::uint64_t level = 0x8000;
constexpr std::uint64_t active_low = 0x2000;
constexpr std::uint64_t masked = 0x10000;

IoApicConfig with_delivery(Cycle cycles) {
  IoApicConfig config = plain();
  config.delivery = cycles;
  return config;
}

}  // namespace

TEST_CASE("Delivery status reads pending until the message is accepted, then idle, 82093AA 3.2.4") {
  Bench bench(with_delivery(300));
  bench.program(4, 0x50);
  bench.program(6, level | 0x51);
  CHECK_FALSE(bench.send_pending(4));
  for (const std::uint32_t pin : {4u, 6u}) bench.io_apic.drive(pin, true, 1000);
  for (const Cycle now : {Cycle{1000}, Cycle{1299}}) {
    bench.now = now;
    CHECK(bench.send_pending(4));
    CHECK(bench.send_pending(6));
  }
  bench.now = 1300;
  for (const std::uint32_t pin : {4u, 5u, 6u}) CHECK_FALSE(bench.send_pending(pin));
}

TEST_CASE("Delivery status stays pending when software writes zero over it, 82093AA 3.2.4") {
  Bench bench(with_delivery(300));
  bench.program(4, 0x50);
  bench.io_apic.drive(4, true, 1000);
  bench.now = 1100;
  bench.write(0x18, 0x50);
  CHECK(bench.send_pending(4));
  bench.write(0x18, masked | 0x50);
  CHECK(bench.send_pending(4));
}

TEST_CASE("Every delivery mode but fixed and lowest priority is edge triggered, 82093AA 3.2.4") {
  Bench bench;
  std::size_t sent = 0;
  for (std::uint32_t mode = 0; mode < 8; ++mode) {
    if (mode == 3 || mode == 6) continue;  // reserved
    const bool can_be_level = mode <= 1;
    bench.program(mode, level | mode << 8 | 0x61);
    bench.io_apic.drive(mode, true, 1);
    CAPTURE(mode);
    REQUIRE(bench.sent() == ++sent);
    CHECK((bench.target.writes.back().data >> 8 & 7) == mode);
    CHECK(((bench.target.writes.back().data >> 15 & 1) != 0) == can_be_level);
    CHECK(bench.remote_irr(mode) == can_be_level);
    bench.io_apic.drive(mode, false, 2);
    bench.io_apic.drive(mode, true, 3);
    if (!can_be_level) ++sent;
    CHECK(bench.sent() == sent);
  }
}

TEST_CASE("Destination and its mode go into the address for all 256 destinations, SDM 11.11.1") {
  Bench bench;
  std::size_t sent = 0;
  for (const std::uint32_t logical : {0u, 1u})
    for (std::uint64_t destination = 0; destination < 256; ++destination) {
      bench.program(1, destination << 56 | logical << 11 | 0x31);
      bench.pulse(1);
      REQUIRE(bench.sent() == ++sent);
      CHECK(bench.target.writes.back().address == (0xFEE00000 | destination << 12 | logical << 2));
    }
}

TEST_CASE("A level entry that becomes active by its polarity, mask or trigger mode interrupts") {
  Bench bench;
  bench.program(2, masked | level | 0x40);
  bench.io_apic.drive(2, true, 1);
  CHECK(bench.sent() == 0);
  bench.program(2, level | 0x40);  // unmasked while the line is active
  CHECK(bench.sent() == 1);
  bench.program(3, level | active_low | 0x41);  // the line rests low
  CHECK(bench.sent() == 2);
  bench.io_apic.drive(4, true, 1);
  bench.program(4, 0x42);  // edge: the edge has passed
  CHECK(bench.sent() == 2);
  bench.program(4, level | 0x42);
  CHECK(bench.sent() == 3);
}

TEST_CASE("A level line that falls before it is unmasked leaves nothing behind, 82093AA 3.2.4") {
  Bench bench;
  bench.program(2, masked | level | 0x40);
  bench.io_apic.drive(2, true, 1);
  bench.io_apic.drive(2, false, 2);
  bench.program(2, level | 0x40);
  CHECK(bench.sent() == 0);
  CHECK_FALSE(bench.remote_irr(2));
}

TEST_CASE("Halves are written apart: a new destination takes effect without the low half") {
  Bench bench;
  bench.program(1, std::uint64_t{1} << 56 | 0x31);
  bench.pulse(1);
  bench.write(0x13, 7u << 24);
  bench.pulse(1);
  REQUIRE(bench.sent() == 2);
  CHECK(bench.target.writes[0].address == 0xFEE01000);
  CHECK(bench.target.writes[1].address == 0xFEE07000);
}

TEST_CASE("A new vector while remote IRR is set: EOI of the new one ends it, of the old one not") {
  Bench bench;
  bench.program(5, level | 0x60);
  bench.io_apic.drive(5, true, 1);
  bench.io_apic.drive(5, false, 2);
  bench.write(0x1A, static_cast<std::uint32_t>(level | 0x61));
  bench.io_apic.eoi(0x60, 3);
  CHECK(bench.remote_irr(5));
  bench.io_apic.eoi(0x61, 4);
  CHECK_FALSE(bench.remote_irr(5));
}

TEST_CASE("EOI sends again at its own cycle, for every entry of the vector in order of the pins") {
  Bench bench;
  for (const std::uint32_t pin : {20u, 3u, 11u}) {
    bench.program(pin, level | std::uint64_t{pin} << 56 | 0x77);
    bench.io_apic.drive(pin, true, 10);
  }
  bench.io_apic.eoi(0x77, 500);
  REQUIRE(bench.sent() == 6);
  for (std::size_t i = 3; i < 6; ++i) CHECK(bench.target.writes[i].at == 500);
  CHECK(bench.target.writes[3].address == 0xFEE03000);
  CHECK(bench.target.writes[4].address == 0xFEE0B000);
  CHECK(bench.target.writes[5].address == 0xFEE14000);
  CHECK(bench.io_apic.counters().eoi == 3);
}

TEST_CASE("The EOI register takes its vector from a byte, a word or a doubleword, ICH9 13.5.4") {
  Bench bench;
  for (const unsigned size : {1u, 2u, 4u}) {
    bench.program(5, level | 0x60);
    bench.io_apic.drive(5, true, 1);
    bench.io_apic.drive(5, false, 2);
    REQUIRE(bench.remote_irr(5));
    bench.store(0x40, 0xFFFFFF60, size);
    CHECK_FALSE(bench.remote_irr(5));
  }
}

TEST_CASE("Random accesses, lines and EOIs: an interrupt is sent, lost or held, never twice") {
  Bench bench;
  std::uint32_t random = 1;
  const auto next = [&random] { return random = random * 1664525 + 1013904223, random >> 8; };
  for (unsigned i = 0; i < 200000; ++i) {
    const std::uint32_t pin = next() % 26;
    switch (next() % 6) {
      case 0:
        bench.store(next() % 0x48, next(), 1u << next() % 4);
        break;
      case 1:
        bench.write(0x10 + next() % 0x32, next() % 2 != 0 ? next() & 0x1AFFF : next() << 8);
        break;
      case 2:
        bench.io_apic.eoi(static_cast<std::uint8_t>(next()), i);
        break;
      case 3:
        bench.load(next() % 0x48 & ~3u);
        break;
      default:
        bench.io_apic.drive(pin, next() % 2 != 0, i);
        break;
    }
    if (pin >= bench.io_apic.pins()) continue;
    const std::uint64_t entry = bench.io_apic.redirection_entry(pin);
    if ((entry & level) == 0) REQUIRE((entry & 0x4000) == 0);
    REQUIRE((entry & 0x0000FFFFFFFE1000) == 0);
  }
  CHECK(bench.io_apic.counters().sent == bench.sent());
  CHECK(bench.sent() > 1000);
}

#include "tests/apic/io_apic_bench.h"

using namespace apicsim;
using namespace apicsim::testing;

namespace {

constexpr std::uint64_t level = 0x8000;
constexpr std::uint64_t masked = 0x10000;

}  // namespace

TEST_CASE("I/O APIC ID: bits 27:24 are writable, ARB follows and is read-only, 82093AA 3.2.1") {
  Bench bench;
  CHECK(bench.read(0) == 8u << 24);
  bench.write(0, 0xFFFFFFFF);
  CHECK(bench.read(0) == 0x0F000000);
  CHECK(bench.read(2) == 0x0F000000);
  bench.write(2, 0);
  CHECK(bench.read(2) == 0x0F000000);
}

TEST_CASE("I/O APIC version and number of entries are read-only, 82093AA 3.2.2") {
  Bench bench;
  CHECK(bench.read(1) == 0x00170020);
  bench.write(1, ~0x00170020u);
  CHECK(bench.read(1) == 0x00170020);
}

TEST_CASE("An I/O APIC of version 0x11 with 16 pins says so, 82093AA 3.2.2") {
  IoApicConfig config = plain(0x11);
  config.pins = 16;
  Bench bench(config);
  CHECK(bench.read(1) == 0x000F0011);
  CHECK(bench.read(0x2F) == 0);
  CHECK(bench.read(0x30) == 0);
}

TEST_CASE("All entries are masked after reset, absent indices read zero, 82093AA 3.2.4") {
  Bench bench;
  for (std::uint32_t index = 3; index <= 0xFF; ++index) {
    const bool low_half = index >= 0x10 && index < 0x40 && index % 2 == 0;
    CAPTURE(index);
    CHECK(bench.read(index) == (low_half ? 0x10000 : 0));
  }
}

TEST_CASE("The halves of an entry are written apart, status and remote IRR are read-only, 3.2.4") {
  Bench bench;
  bench.write(0x10, 0xFFFFFFFF);
  CHECK(bench.read(0x10) == 0x0001AFFF);
  CHECK(bench.read(0x11) == 0);
  bench.write(0x11, 0xFFFFFFFF);
  CHECK(bench.read(0x11) == 0xFFFF0000);
  CHECK(bench.read(0x10) == 0x0001AFFF);
}

TEST_CASE("IOREGSEL takes bytes, IOWIN doublewords only, other offsets are empty, 82093AA 3.1") {
  Bench bench;
  bench.store(0x00, 0xFFFFFF01);
  CHECK(bench.load(0x00) == 1);
  bench.store(0x00, 0x10, 1);
  bench.store(0x10, 0xFF, 1);
  bench.store(0x10, 0xFFFF, 2);
  bench.store(0x11, 0xFFFFFFFF);
  bench.store(0x14, 0xFFFFFFFF);
  CHECK(bench.load(0x10) == 0x10000);
  CHECK(bench.load(0x14) == 0xFFFFFFFF);
  CHECK(bench.load(0x40) == 0xFFFFFFFF);
}

TEST_CASE("An edge becomes a write with vector, mode and destination, SDM 11.11") {
  Bench bench;
  bench.program(14, std::uint64_t{5} << 56 | 0x844);
  bench.io_apic.drive(14, true, 1234);
  REQUIRE(bench.sent() == 1);
  const Write& write = bench.target.writes[0];
  CHECK(write.address == 0xFEE05004);
  CHECK(write.data == 0x4044);
  CHECK(write.at == 1234);
  CHECK(write.kind == Initiator::Kind::device);
  CHECK(write.requester == 0xF0F8);
}

TEST_CASE("Lowest priority sets the redirection hint, level sets the trigger mode, SDM 11.11") {
  Bench bench;
  bench.program(3, std::uint64_t{0xFF} << 56 | level | 0x100 | 0x51);
  bench.io_apic.drive(3, true, 1);
  REQUIRE(bench.sent() == 1);
  CHECK(bench.target.writes[0].address == 0xFEEFF008);
  CHECK(bench.target.writes[0].data == 0xC151);
}

TEST_CASE("An entry in remappable format becomes a remappable request, VT-d 5.1.5.1") {
  Bench bench;
  const std::uint64_t handle = 0x9234;
  bench.program(2, (handle & 0x7FFF) << 49 | std::uint64_t{1} << 48 | handle >> 15 << 11 | 0x61);
  bench.pulse(2);
  REQUIRE(bench.sent() == 1);
  // VT-d 5.1.2.2: handle 14:0 in address bits 19:5, format in bit 4, handle 15 in bit 2.
  CHECK(bench.target.writes[0].address ==
        (0xFEE00000 | (handle & 0x7FFF) << 5 | 1u << 4 | 1u << 2));
  CHECK((bench.target.writes[0].data & 0xFF) == 0x61);
}

TEST_CASE("Edge: two pulses are two interrupts, edges at a masked pin are lost, 82093AA 3.2.4") {
  Bench bench;
  bench.program(1, 0x30);
  bench.pulse(1);
  bench.pulse(1);
  CHECK(bench.sent() == 2);
  bench.program(1, masked | 0x30);
  bench.pulse(1);
  bench.program(1, 0x30);
  CHECK(bench.sent() == 2);
  CHECK(bench.io_apic.counters().lost == 1);
}

TEST_CASE("Edge: the level is followed while masked, so that unmasking sees true edges only") {
  Bench bench;
  bench.program(1, 0x30);
  bench.io_apic.drive(1, true, 1);
  bench.program(1, masked | 0x30);
  bench.io_apic.drive(1, false, 2);
  bench.pulse(1);
  bench.program(1, 0x30);
  CHECK(bench.sent() == 1);
  bench.pulse(1);
  CHECK(bench.sent() == 2);
}

TEST_CASE(
    "Level: one interrupt until EOI, another one if the line is still active, 82093AA 3.2.4") {
  Bench bench;
  bench.program(5, level | 0x60);
  bench.io_apic.drive(5, true, 1);
  CHECK(bench.remote_irr(5));
  bench.io_apic.drive(5, false, 2);
  bench.io_apic.drive(5, true, 3);
  CHECK(bench.sent() == 1);
  bench.io_apic.eoi(0x60, 4);
  CHECK(bench.sent() == 2);
  CHECK(bench.target.writes[1].at == 4);
  bench.io_apic.drive(5, false, 5);
  bench.io_apic.eoi(0x60, 6);
  CHECK(bench.sent() == 2);
  CHECK_FALSE(bench.remote_irr(5));
}

TEST_CASE("Level: masking keeps remote IRR, unmasking delivers nothing before EOI") {
  Bench bench;
  bench.program(5, level | 0x60);
  bench.io_apic.drive(5, true, 1);
  bench.program(5, masked | level | 0x60);
  CHECK(bench.remote_irr(5));
  bench.program(5, level | 0x60);
  CHECK(bench.remote_irr(5));
  CHECK(bench.sent() == 1);
}

TEST_CASE("Level: masked in the handler, EOI, then unmasked with the line active: a second one") {
  Bench bench;
  bench.program(5, level | 0x83);
  bench.io_apic.drive(5, true, 1);
  bench.program(5, masked | level | 0x83);
  bench.io_apic.eoi(0x83, 2);
  CHECK(bench.sent() == 1);
  bench.program(5, level | 0x83);
  CHECK(bench.sent() == 2);
}

TEST_CASE("From level to edge and back clears remote IRR: EOI without EOI register") {
  Bench bench(plain(0x11));
  bench.program(5, level | 0x60);
  bench.io_apic.drive(5, true, 1);
  bench.io_apic.drive(5, false, 2);
  bench.program(5, masked | 0x60);
  CHECK_FALSE(bench.remote_irr(5));
  bench.program(5, level | 0x60);
  bench.io_apic.drive(5, true, 3);
  CHECK(bench.sent() == 2);
}

TEST_CASE("A stale remote IRR bit that is written back has no effect, 82093AA 3.2.4") {
  Bench bench;
  bench.program(5, level | 0x60);
  bench.io_apic.drive(5, true, 1);
  const std::uint32_t stale = bench.read(0x1A);
  REQUIRE((stale & 0x4000) != 0);
  bench.io_apic.drive(5, false, 2);
  bench.io_apic.eoi(0x60, 3);
  bench.write(0x1A, stale & ~static_cast<std::uint32_t>(level));
  bench.pulse(5);
  CHECK(bench.sent() == 2);
  CHECK_FALSE(bench.remote_irr(5));
}

TEST_CASE("EOI goes by vector: every level entry with it, no other one") {
  Bench bench;
  bench.program(5, level | 0x60);
  bench.program(6, level | 0x60);
  bench.program(7, level | 0x61);
  for (const std::uint32_t pin : {5u, 6u, 7u}) bench.io_apic.drive(pin, true, 1);
  bench.io_apic.drive(5, false, 2);
  bench.io_apic.eoi(0x60, 3);
  CHECK_FALSE(bench.remote_irr(5));
  CHECK(bench.remote_irr(6));
  CHECK(bench.remote_irr(7));
  CHECK(bench.sent() == 4);
  CHECK(bench.io_apic.counters().eoi == 2);
}

TEST_CASE("Rewriting the destination in the handler does not disturb the EOI") {
  Bench bench;
  bench.program(13, level | 0x64);
  bench.program(14, level | 0x84);
  for (const std::uint32_t pin : {13u, 14u}) {
    bench.io_apic.drive(pin, true, 1);
    bench.write(0x11 + 2 * pin, 1u << 24);
    bench.io_apic.drive(pin, false, 2);
  }
  bench.io_apic.eoi(0x64, 3);
  bench.io_apic.eoi(0x84, 3);
  CHECK_FALSE(bench.remote_irr(13));
  CHECK_FALSE(bench.remote_irr(14));
  CHECK(bench.sent() == 2);
}

TEST_CASE("The EOI register exists from version 0x20 on") {
  Bench bench;
  bench.program(5, level | 0x60);
  bench.io_apic.drive(5, true, 1);
  bench.io_apic.drive(5, false, 2);
  bench.store(0x40, 0x61);
  CHECK(bench.remote_irr(5));
  bench.store(0x40, 0x60);
  CHECK_FALSE(bench.remote_irr(5));
}

TEST_CASE("Before version 0x20 there is no EOI register") {
  Bench bench(plain(0x11));
  bench.program(5, level | 0x60);
  bench.io_apic.drive(5, true, 1);
  bench.store(0x40, 0x60);
  CHECK(bench.remote_irr(5));
}

TEST_CASE("Polarity: with bit 13 set the line is active when low, 82093AA 3.2.4") {
  Bench bench;
  bench.io_apic.drive(9, true, 1);
  bench.program(9, level | 0x2000 | 0x70);
  CHECK(bench.sent() == 0);
  bench.io_apic.drive(9, false, 2);
  CHECK(bench.sent() == 1);
}

TEST_CASE("A wire says active or inactive, an inverted pin is high at rest") {
  IoApicConfig config = plain();
  config.inverted_pins = std::vector<bool>(24, false);
  config.inverted_pins[9] = true;
  Bench bench(config);
  bench.program(9, level | 0x2000 | 0x70);
  bench.program(10, 0x71);
  CHECK(bench.sent() == 0);
  bench.io_apic.pin(9).set(true, 1);
  bench.io_apic.pin(10).set(true, 2);
  bench.io_apic.pin(10).set(true, 3);
  CHECK(bench.sent() == 2);
  bench.io_apic.pin(9).set(false, 4);
  bench.io_apic.eoi(0x70, 5);
  CHECK(bench.sent() == 2);
}

TEST_CASE("NMI and ExtINT entries are edge triggered whatever the trigger bit says, 3.2.4") {
  Bench bench;
  bench.program(0, level | 0x700);
  bench.io_apic.drive(0, true, 1);
  bench.io_apic.drive(0, false, 2);
  bench.io_apic.drive(0, true, 3);
  REQUIRE(bench.sent() == 2);
  CHECK(bench.target.writes[0].data == 0x4700);
  CHECK_FALSE(bench.remote_irr(0));
}

TEST_CASE("Pins that do not exist are refused") {
  Bench bench;
  CHECK_FALSE(bench.io_apic.drive(24, true, 1));
  CHECK_THROWS_AS(bench.io_apic.pin(24), std::out_of_range);
  CHECK(bench.io_apic.drive(23, true, 1));
}

TEST_CASE("A write that is answered with an error is counted and lost") {
  Bench bench;
  bench.target.response = tlm::TLM_ADDRESS_ERROR_RESPONSE;
  bench.program(1, 0x30);
  bench.pulse(1);
  CHECK(bench.io_apic.counters().sent == 1);
  CHECK(bench.io_apic.counters().failed == 1);
}

TEST_CASE("An exception on the way of an interrupt write passes through") {
  Bench bench;
  bench.target.unmodelled = true;
  bench.program(1, 0x30);
  CHECK_THROWS_AS(bench.io_apic.drive(1, true, 1), Unmodelled);
  bench.target.unmodelled = false;
  bench.io_apic.drive(1, false, 2);
  bench.io_apic.drive(1, true, 3);
  CHECK(bench.sent() == 1);
}

TEST_CASE("An I/O APIC out of range is refused by its constructor") {
  const Timebase timebase(3'000'000'000);
  IoApicConfig pins = plain();
  pins.pins = 121;
  CHECK_THROWS_AS(IoApic("pins", pins, timebase), std::invalid_argument);
  IoApicConfig id = plain();
  id.id = 16;
  CHECK_THROWS_AS(IoApic("id", id, timebase), std::invalid_argument);
}

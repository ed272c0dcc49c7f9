#include "models/devices/pit_8254.h"

#include "tests/catch.h"
#include "tests/devices/recording_line.h"
#include "tests/support/bus_driver.h"

// Rules: Intel 8254 data sheet (231164-005), "Mode Definitions", "Read Operations".
using namespace apicsim;

namespace {

/// A counter after its control word and a 16-bit count, both written at tick 100.
PitCounter programmed(unsigned mode, std::uint16_t count, bool bcd = false) {
  PitCounter counter;
  counter.write_control(static_cast<std::uint8_t>(0x30 | mode << 1 | (bcd ? 1 : 0)), 100);
  counter.write_count(static_cast<std::uint8_t>(count), 100);
  counter.write_count(static_cast<std::uint8_t>(count >> 8), 100);
  return counter;
}

constexpr std::uint64_t loaded = 101;  ///< the count is loaded one clock after it was written

/// next_change() and output() must tell the same story.
void check_changes(const PitCounter& counter, std::uint64_t first, std::uint64_t last) {
  for (std::uint64_t tick = first; tick < last; ++tick) {
    std::uint64_t change = tick + 1;
    while (change < last && counter.output(change) == counter.output(tick)) ++change;
    if (change < last) REQUIRE(counter.next_change(tick) <= change);
    if (counter.next_change(tick) < change)
      REQUIRE(counter.output(counter.next_change(tick)) == counter.output(tick));
  }
}

}  // namespace

TEST_CASE("8254 mode 0: the output rises when the count reaches zero and stays") {
  const PitCounter counter = programmed(0, 5);
  CHECK_FALSE(counter.output(100));
  CHECK_FALSE(counter.output(loaded + 4));
  CHECK(counter.output(loaded + 5));
  CHECK(counter.output(loaded + 100'000));
  CHECK(counter.count(loaded) == 5);
  CHECK(counter.count(loaded + 5) == 0);
  CHECK(counter.count(loaded + 6) == 0xFFFF);
  check_changes(counter, 100, 130);
}

TEST_CASE("8254 mode 0: the first byte of a new count stops counting, the output goes low") {
  PitCounter counter = programmed(0, 5);
  CHECK(counter.output(loaded + 9));
  counter.write_count(3, loaded + 10);
  CHECK_FALSE(counter.output(loaded + 10));
  counter.write_count(0, loaded + 20);
  CHECK_FALSE(counter.output(loaded + 23));
  CHECK(counter.output(loaded + 24));
}

TEST_CASE("8254 mode 2: low for one clock in every N") {
  const PitCounter counter = programmed(2, 4);
  for (std::uint64_t tick = 0; tick < 40; ++tick) {
    CHECK(counter.output(loaded + tick) == (tick % 4 != 3));
    CHECK(counter.count(loaded + tick) == 4 - tick % 4);
  }
  check_changes(counter, 100, 130);
}

TEST_CASE("8254 mode 3: a square wave, an odd count is high one clock longer") {
  for (const std::uint16_t n : {4, 5, 6, 7}) {
    const PitCounter counter = programmed(3, n);
    for (std::uint64_t tick = 0; tick < 50; ++tick)
      CHECK(counter.output(loaded + tick) == (tick % n < (n + 1u) / 2));
    check_changes(counter, 100, 130);
  }
}

TEST_CASE("8254 mode 4: one low pulse when the count reaches zero") {
  const PitCounter counter = programmed(4, 3);
  for (std::uint64_t tick = 0; tick < 70'000; ++tick)
    if (counter.output(loaded + tick) != (tick != 3)) FAIL("tick " << tick);
  check_changes(counter, 100, 130);
}

TEST_CASE("8254 modes 1 and 5 wait for the gate to rise") {
  for (const unsigned mode : {1u, 5u}) {
    PitCounter counter = programmed(mode, 3);
    CHECK(counter.output(loaded + 50));
    counter.set_gate(false, 200);
    counter.set_gate(true, 300);
    CHECK(counter.output(301) == (mode == 5));
    CHECK(counter.output(303) == (mode == 5));
    CHECK(counter.output(304) == (mode == 1));
    CHECK(counter.output(305));
    counter.set_gate(false, 400);
    counter.set_gate(true, 500);
    CHECK(counter.output(501) == (mode == 5));
  }
}

TEST_CASE("8254: a count of zero is 65536, or 10000 in BCD") {
  CHECK_FALSE(programmed(0, 0).output(loaded + 65'535));
  CHECK(programmed(0, 0).output(loaded + 65'536));
  CHECK_FALSE(programmed(0, 0, true).output(loaded + 9'999));
  CHECK(programmed(0, 0, true).output(loaded + 10'000));
  CHECK(programmed(0, 0x1234, true).count(loaded + 35) == 0x1199);
}

TEST_CASE("8254 modes 2 and 3: a new count takes over at the end of the period") {
  PitCounter counter = programmed(2, 10);
  counter.write_count(4, loaded + 3);
  counter.write_count(0, loaded + 3);
  CHECK_FALSE(counter.output(loaded + 9));
  CHECK_FALSE(counter.output(loaded + 13));
  CHECK_FALSE(counter.output(loaded + 17));
  CHECK(counter.output(loaded + 19));
  check_changes(counter, loaded + 3, 160);
}

TEST_CASE("8254: the gate stops modes 0 and 4 and restarts modes 2 and 3") {
  PitCounter stopped = programmed(0, 10);
  stopped.set_gate(false, loaded + 4);
  CHECK(stopped.count(loaded + 90) == 6);
  stopped.set_gate(true, loaded + 100);
  CHECK_FALSE(stopped.output(loaded + 105));
  CHECK(stopped.output(loaded + 106));
  PitCounter restarted = programmed(2, 10);
  restarted.set_gate(false, loaded + 9);
  CHECK(restarted.output(loaded + 9));
  restarted.set_gate(true, loaded + 20);
  CHECK(restarted.count(loaded + 21) == 10);
}

TEST_CASE("8254: a latched count holds until both bytes are read, a second latch is ignored") {
  PitCounter counter = programmed(2, 0x1234);
  counter.latch_count(loaded + 0x34);
  counter.latch_count(loaded + 0x40);
  CHECK(counter.read(loaded + 0x50) == 0x00);
  CHECK(counter.read(loaded + 0x60) == 0x12);
  CHECK(counter.read(loaded + 0x20 + 0x100) == 0x14);
}

TEST_CASE("8254: the status byte tells output, null count and mode, before the count") {
  PitCounter counter = programmed(3, 100);
  counter.latch_status(100);
  CHECK(counter.read(100) == (0x80 | 0x40 | 0x36));
  counter.latch_count(loaded + 60);
  counter.latch_status(loaded + 60);
  CHECK(counter.read(loaded + 60) == 0x36);
  CHECK(counter.read(loaded + 60) == 80);
  CHECK(counter.read(loaded + 60) == 0);
}

TEST_CASE("8254: single-byte access modes read and write their byte only") {
  PitCounter low;
  low.write_control(0x10, 0);
  low.write_count(0x55, 0);
  CHECK(low.read(1) == 0x55);
  CHECK(low.read(1) == 0x55);
  PitCounter high;
  high.write_control(0x20, 0);
  high.write_count(0x02, 0);
  CHECK(high.count(1) == 0x0200);
  CHECK(high.read(1) == 0x02);
}

namespace {

struct Bench {
  Timebase timebase{2'800'000'000};
  Clock clock{1'193'182, 2'800'000'000};
  RecordingLine line;
  Pit8254 pit{"pit", timebase, &line};
  BusDriver io{"io"}, port_61{"port_61"};

  Bench() {
    io.socket.bind(pit.counters.socket);
    port_61.socket.bind(pit.control.socket);
    elaborate();
  }
  void out(unsigned port, unsigned value) {
    io.write<std::uint8_t>(port, static_cast<std::uint8_t>(value));
  }
};

}  // namespace

TEST_CASE("Counter 0 raises its line at the cycle of the edge, not before, and again each period") {
  Bench bench;
  bench.out(3, 0x34);
  bench.out(0, 0x10);
  bench.out(0, 0x27);  // 10000
  CHECK(bench.line.active);
  for (const std::uint64_t period : {1u, 2u, 3u}) {
    const Cycle edge = bench.clock.edge(1 + period * 10'000);
    run_to(bench.timebase, edge - 1);
    CHECK_FALSE(bench.line.active);
    run_to(bench.timebase, edge);
    CHECK(bench.line.active);
    CHECK(bench.line.last == edge);
  }
}

TEST_CASE("Port 0x61 gates counter 2 and shows its output: how kernels calibrate") {
  Bench bench;
  bench.out(3, 0xB0);
  bench.out(2, 0xE8);
  bench.out(2, 0x03);  // 1000
  CHECK((bench.port_61.read<std::uint8_t>(0) & 0x23) == 0x00);
  bench.port_61.write<std::uint8_t>(0, 0xFD);
  CHECK((bench.port_61.read<std::uint8_t>(0) & 0x2F) == 0x0D);
  const Cycle end = bench.clock.edge(1000);
  bench.port_61.delay = bench.timebase.to_sc_time(end - 1);
  CHECK((bench.port_61.read<std::uint8_t>(0) & 0x20) == 0x00);
  bench.port_61.delay = bench.timebase.to_sc_time(bench.clock.edge(1001));
  CHECK((bench.port_61.read<std::uint8_t>(0) & 0x20) == 0x20);
}

TEST_CASE("The refresh bit of port 0x61 toggles every 18 clocks") {
  Bench bench;
  bench.port_61.delay = bench.timebase.to_sc_time(bench.clock.edge(18) - 1);
  CHECK((bench.port_61.read<std::uint8_t>(0) & 0x10) == 0x00);
  bench.port_61.delay = bench.timebase.to_sc_time(bench.clock.edge(18));
  CHECK((bench.port_61.read<std::uint8_t>(0) & 0x10) == 0x10);
}

TEST_CASE("Read-back latches several counters at once, the control word reads all ones") {
  Bench bench;
  bench.out(3, 0x34);
  bench.out(0, 0x00);
  bench.out(0, 0x10);
  bench.out(3, 0x74);
  bench.out(1, 0x00);
  bench.out(1, 0x20);
  bench.io.delay = bench.timebase.to_sc_time(bench.clock.edge(1 + 16));
  bench.out(3, 0xC0 | 0x06);
  CHECK(bench.io.read<std::uint8_t>(0) == 0x34 + 0x80);
  CHECK(bench.io.read<std::uint8_t>(1) == 0x34 + 0x80);
  CHECK(bench.io.read<std::uint8_t>(0) == 0xF0);
  CHECK(bench.io.read<std::uint8_t>(0) == 0x0F);
  CHECK(bench.io.read<std::uint8_t>(1) == 0xF0);
  CHECK(bench.io.read<std::uint8_t>(1) == 0x1F);
  CHECK(bench.io.read<std::uint8_t>(3) == 0xFF);
}

#include "models/devices/hpet.h"

#include "models/memory/physical_memory.h"
#include "tests/catch.h"
#include "tests/devices/recording_line.h"
#include "tests/support/bus_driver.h"

// Rules: IA-PC HPET Specification 1.0a, chapter 2.
using namespace apicsim;

namespace {

constexpr Cycle reference_hz = 2'800'000'000;

Hpet::Config config(bool messages = false) {
  Hpet::Config result;
  result.messages = messages;
  return result;
}

struct Bench {
  Timebase timebase{reference_hz};
  Clock clock{14'318'180, reference_hz};
  RecordingLine pin_2, pin_8, pin_20, pin_21;
  Hpet hpet;
  PhysicalMemory memory{"memory", {{0, 0x10000}}};
  BusDriver bus{"bus"};

  explicit Bench(const Hpet::Config& c = config()) : hpet("hpet", timebase, c, pins()) {
    bus.socket.bind(hpet.registers.socket);
    hpet.dma.socket.bind(memory.socket);
    elaborate();
  }
  std::vector<InterruptLine*> pins() {
    std::vector<InterruptLine*> result(24, nullptr);
    result[2] = &pin_2;
    result[8] = &pin_8;
    result[20] = &pin_20;
    result[21] = &pin_21;
    return result;
  }
  std::uint64_t in(std::uint64_t offset) { return bus.read<std::uint64_t>(offset); }
  void out(std::uint64_t offset, std::uint64_t value) { bus.write(offset, value); }
  void at_tick(std::uint64_t tick) {
    bus.delay = timebase.to_sc_time(clock.edge(tick)) - sc_core::sc_time_stamp();
  }
  void run_to_tick(std::uint64_t tick, Cycle before = 0) {
    run_to(timebase, clock.edge(tick) - before);
    bus.delay = sc_core::SC_ZERO_TIME;
  }
};

}  // namespace

TEST_CASE("HPET: capabilities give vendor, timers, width and the period in femtoseconds (2.3.4)") {
  Bench bench;
  CHECK(bench.in(0x000) == 0x0429B17F8086A201);  // 69841279 fs, as the ICH9 reports
  CHECK(bench.bus.read<std::uint32_t>(0x004) == 69'841'279);
  bench.out(0x000, 0);
  CHECK(bench.in(0x000) == 0x0429B17F8086A201);
}

TEST_CASE("HPET: the counter stands until enabled and then counts to the cycle (2.3.7)") {
  Bench bench;
  bench.at_tick(1000);
  CHECK(bench.in(0x0F0) == 0);
  bench.out(0x010, 1);
  bench.bus.delay = bench.timebase.to_sc_time(bench.clock.edge(1500) - 1);
  CHECK(bench.in(0x0F0) == 499);
  bench.at_tick(1500);
  CHECK(bench.in(0x0F0) == 500);
  bench.out(0x0F0, 7);  // ignored while it runs
  CHECK(bench.in(0x0F0) == 500);
  bench.out(0x010, 0);
  bench.at_tick(2000);
  CHECK(bench.in(0x0F0) == 500);
  bench.bus.write<std::uint32_t>(0x0F4, 0x12);
  bench.out(0x010, 1);
  bench.at_tick(2010);
  CHECK(bench.in(0x0F0) == 0x12'0000'01F4 + 10);
}

TEST_CASE("HPET: a one-shot timer interrupts at its tick, not a cycle before, and once") {
  Bench bench;
  bench.out(0x100, 20 << 9 | 0x4);
  bench.out(0x108, 5000);
  bench.out(0x010, 1);
  bench.run_to_tick(5000, 1);
  CHECK(bench.pin_20.rises == 0);
  bench.run_to_tick(5000);
  CHECK(bench.pin_20.rises == 1);
  CHECK(bench.pin_20.last == bench.clock.edge(5000));
  bench.run_to_tick(200'000);
  CHECK(bench.pin_20.rises == 1);
}

TEST_CASE("HPET: a periodic timer repeats without drift (2.3.8, 2.3.9.2.2)") {
  Bench bench;
  bench.out(0x100, 20 << 9 | 0x4 | 0x8 | 0x40);
  bench.out(0x108, 3000);  // first match
  bench.out(0x108, 1000);  // period
  bench.out(0x010, 1);
  for (unsigned k = 0; k < 50; ++k) {
    bench.run_to_tick(3000 + 1000 * k, 1);
    CHECK(bench.pin_20.rises == k);
    bench.run_to_tick(3000 + 1000 * k);
    CHECK(bench.pin_20.rises == k + 1);
  }
  CHECK(bench.in(0x108) == 3000 + 50 * 1000);
}

TEST_CASE("HPET: a period written in 32 bits is that period, also late in the counter's life") {
  Bench bench;
  bench.out(0x0F0, 0x7'0000'0000);
  bench.out(0x108, 0x7'0000'0000);
  bench.bus.write<std::uint32_t>(0x100, 20 << 9 | 0x4 | 0x8 | 0x40);
  bench.bus.write<std::uint32_t>(0x108, 3000);
  bench.bus.write<std::uint32_t>(0x108, 1000);
  CHECK(bench.in(0x108) == 0x7'0000'0000 + 3000);
  bench.out(0x010, 1);
  bench.run_to_tick(5000);
  CHECK(bench.pin_20.rises == 3);
}

TEST_CASE("HPET: only capable timers become periodic, routes that are not there do not stick") {
  Bench bench;
  CHECK(bench.in(0x100) == 0x00F0000000000030);
  CHECK(bench.in(0x120) == 0x00F0000000000020);
  bench.out(0x120, 0x8 | 5 << 9);
  CHECK((bench.in(0x120) & 0xFFFFFFFF) == 0x20);
  bench.out(0x120, 21 << 9);
  CHECK((bench.in(0x120) & 0xFFFFFFFF) == (0x20 | 21 << 9));
  CHECK(bench.in(0x160) == 0);  // there is no timer 3
}

TEST_CASE("HPET: a level timer holds its pin until its status is cleared (2.3.6)") {
  Bench bench;
  bench.out(0x120, 21 << 9 | 0x4 | 0x2);
  bench.out(0x128, 100);
  bench.out(0x010, 1);
  bench.run_to_tick(100);
  CHECK(bench.pin_21.active);
  CHECK(bench.in(0x020) == 0x2);
  bench.out(0x020, 0x1);
  CHECK(bench.pin_21.active);
  bench.out(0x020, 0x2);
  CHECK_FALSE(bench.pin_21.active);
  CHECK(bench.in(0x020) == 0);
}

TEST_CASE("HPET: legacy replacement takes timers 0 and 1 to pins 2 and 8 (2.3.5, Table 3)") {
  Bench bench;
  bench.out(0x100, 20 << 9 | 0x4);
  bench.out(0x108, 100);
  bench.out(0x120, 21 << 9 | 0x4);
  bench.out(0x128, 200);
  bench.out(0x010, 3);
  bench.run_to_tick(200);
  CHECK(bench.pin_2.rises == 1);
  CHECK(bench.pin_8.rises == 1);
  CHECK(bench.pin_20.rises + bench.pin_21.rises == 0);
}

TEST_CASE("HPET: in 32-bit mode a timer matches the low half of the counter again and again") {
  Bench bench;
  bench.out(0x0F0, 0xFFFFFFF0);
  bench.out(0x100, 20 << 9 | 0x4 | 0x100);
  bench.out(0x108, 0xABCD00000010);
  CHECK(bench.in(0x108) == 0x10);
  bench.out(0x010, 1);
  bench.run_to_tick(0x20);
  CHECK(bench.pin_20.rises == 1);
  bench.run_to_tick(0x20 + (1ull << 32), 1);
  CHECK(bench.pin_20.rises == 1);
  bench.run_to_tick(0x20 + (1ull << 32));
  CHECK(bench.pin_20.rises == 2);
}

TEST_CASE("HPET: FSB delivery writes the data to the address of the route register (2.3.10)") {
  Bench bench(config(true));
  bench.out(0x110, 0x0000200000000041);
  bench.out(0x100, 0x4000 | 0x4);
  bench.out(0x108, 100);
  bench.out(0x010, 1);
  bench.run_to_tick(100);
  CHECK(bench.memory.read_value<std::uint32_t>(0x2000) == 0x41);
  CHECK(bench.pin_20.rises == 0);
}

TEST_CASE("HPET: without interrupt a periodic timer still advances, even over many periods") {
  Bench bench;
  bench.out(0x100, 0x8 | 0x40);
  bench.out(0x108, 10);
  bench.out(0x108, 3);
  bench.out(0x010, 1);
  bench.at_tick(10'000'000'000);
  CHECK(bench.in(0x108) == 10'000'000'000 + 3);
  CHECK(bench.pin_20.rises == 0);
}

TEST_CASE("HPET: narrow and unaligned accesses do nothing, impossible blocks are refused") {
  Bench bench;
  bench.bus.write<std::uint8_t>(0x010, 1);
  bench.bus.write<std::uint16_t>(0x010, 1);
  bench.bus.write<std::uint32_t>(0x00E, 1 << 16);
  CHECK(bench.in(0x010) == 0);
  CHECK(bench.bus.read<std::uint8_t>(0x000) == 0);
  CHECK(bench.in(0x3F8) == 0);
}

TEST_CASE("HPET: a block without timers, with 33, or slower than 10 MHz is refused (2.3.4)") {
  const Timebase timebase(reference_hz);
  Hpet::Config bad;
  SECTION("no timers") { bad.timers = 0; }
  SECTION("33 timers") { bad.timers = 33; }
  SECTION("9 MHz") { bad.hz = 9'000'000; }
  CHECK_THROWS_AS(Hpet("bad", timebase, bad, {}), std::invalid_argument);
}

#include "models/devices/hpet.h"
#include "models/devices/pic_8259.h"
#include "tests/catch.h"
#include "tests/devices/message_target.h"
#include "tests/devices/recording_line.h"
#include "tests/support/bus_driver.h"

// Rules: IA-PC HPET Specification 1.0a, §2.3.5 (legacy replacement), §2.3.8 and §2.3.10.
using namespace apicsim;

namespace {

constexpr Cycle reference_hz = 2'800'000'000;
constexpr Cycle hpet_tick = 28;  ///< 100 MHz

Hpet::Config config() {
  Hpet::Config result;
  result.hz = 100'000'000;
  result.messages = true;
  result.route_capabilities = {0x00F00000, 0x00000800};
  result.route_capability = 0x00100000;
  return result;
}

struct Bench {
  Timebase timebase{reference_hz};
  RecordingLine pin_11, pin_20, pin_23, irq_0, irq_8;
  Hpet hpet{"hpet", timebase, config(), pins()};
  MessageTarget target{"target", timebase};
  BusDriver bus{"bus"};
  Pic8259Pair pic{"pic", timebase, nullptr};
  BusDriver master{"master"}, slave{"slave"}, trigger{"trigger"};

  Bench() {
    master.socket.bind(pic.master.socket);
    slave.socket.bind(pic.slave.socket);
    trigger.socket.bind(pic.trigger.socket);
    hpet.set_legacy_outputs(&irq_0, &irq_8);
    bus.socket.bind(hpet.registers.socket);
    hpet.dma.socket.bind(target.socket);
    elaborate();
  }
  std::vector<InterruptLine*> pins() {
    std::vector<InterruptLine*> result(24, nullptr);
    result[11] = &pin_11;
    result[20] = &pin_20;
    result[23] = &pin_23;
    return result;
  }
  std::uint64_t in(std::uint64_t offset) { return bus.read<std::uint64_t>(offset); }
  void out(std::uint64_t offset, std::uint64_t value) { bus.write(offset, value); }
  void run_to_tick(std::uint64_t tick) {
    run_to(timebase, tick * hpet_tick);
    bus.delay = sc_core::SC_ZERO_TIME;
  }
};

}  // namespace

TEST_CASE("HPET: without legacy replacement the old timers keep their interrupts (2.3.5)") {
  Bench bench;
  bench.hpet.pit_input().set(true, 5);
  bench.hpet.rtc_input().set(true, 6);
  CHECK(bench.irq_0.active);
  CHECK(bench.irq_0.last == 5);
  CHECK(bench.irq_8.active);
  bench.hpet.pit_input().set(false, 7);
  CHECK_FALSE(bench.irq_0.active);
}

TEST_CASE("HPET: in legacy replacement timers 0 and 1 have interrupts 0 and 8 (2.3.5, Table 3)") {
  Bench bench;
  bench.out(0x108, 100);
  bench.out(0x100, 20 << 9 | 0x4);
  bench.out(0x128, 200);
  bench.out(0x120, 0x4);
  bench.out(0x010, 3);
  bench.hpet.pit_input().set(true, 1);
  bench.hpet.rtc_input().set(true, 1);
  CHECK(bench.irq_0.rises + bench.irq_8.rises == 0);
  bench.run_to_tick(200);
  CHECK(bench.irq_0.rises == 1);
  CHECK(bench.irq_0.last == 100 * hpet_tick);
  CHECK(bench.irq_8.rises == 1);
  CHECK(bench.pin_20.rises == 0);
}

TEST_CASE("HPET: leaving legacy replacement shows the old timers' lines as they are") {
  Bench bench;
  bench.out(0x010, 2);
  bench.hpet.pit_input().set(true, 1);
  CHECK_FALSE(bench.irq_0.active);
  bench.out(0x010, 0);
  CHECK(bench.irq_0.active);
  bench.out(0x010, 2);
  CHECK_FALSE(bench.irq_0.active);
}

TEST_CASE(
    "HPET: a level timer in legacy replacement holds its interrupt until its status is clear") {
  Bench bench;
  bench.out(0x108, 100);
  bench.out(0x100, 0x2 | 0x4);
  bench.out(0x010, 3);
  bench.run_to_tick(100);
  CHECK(bench.irq_0.active);
  bench.out(0x020, 1);
  CHECK_FALSE(bench.irq_0.active);
}

TEST_CASE("HPET: each timer has the pins of its own routing capability (2.3.8)") {
  Bench bench;
  CHECK(bench.in(0x100) >> 32 == 0x00F00000);
  CHECK(bench.in(0x120) >> 32 == 0x00000800);
  CHECK(bench.in(0x140) >> 32 == 0x00100000);
  const std::uint64_t timers[] = {0x100, 0x120, 0x140};
  const std::uint32_t capable[] = {0x00F00000, 0x00000800, 0x00100000};
  for (unsigned i = 0; i < 3; ++i)
    for (std::uint64_t pin = 0; pin < 32; ++pin) {
      bench.out(timers[i], 0);
      const std::uint64_t before = bench.in(timers[i]) >> 9 & 0x1F;
      bench.out(timers[i], pin << 9);
      const bool kept = (bench.in(timers[i]) >> 9 & 0x1F) == pin;
      CAPTURE(i, pin);
      CHECK(kept == ((capable[i] >> pin & 1) != 0 || before == pin));
    }
}

TEST_CASE("HPET: FSB delivery is one message per match at its own cycle, level or edge (2.3.10)") {
  Bench bench;
  CHECK((bench.in(0x100) & 0x8000) != 0);
  bench.out(0x110, 0xFEE0300000004041);
  bench.out(0x108, 100);
  bench.out(0x100, 0x4000 | 0x8 | 0x4 | 0x40);
  bench.out(0x108, 50);
  bench.out(0x108, 50);
  bench.out(0x010, 1);
  bench.run_to_tick(160);
  REQUIRE(bench.target.writes.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(bench.target.writes[i].address == 0xFEE03000);
    CHECK(bench.target.writes[i].data == 0x4041);
    CHECK(bench.target.writes[i].length == 4);
    CHECK(bench.target.writes[i].at == (50 + 50 * i) * hpet_tick);
  }
  CHECK(bench.pin_20.rises == 0);
}

TEST_CASE("HPET: FSB delivery goes before legacy replacement and the pin (2.3.8)") {
  Bench bench;
  bench.out(0x110, 0xFEE0000000000031);
  bench.out(0x108, 100);
  bench.out(0x100, 0x4000 | 20 << 9 | 0x4);
  bench.out(0x010, 3);
  bench.run_to_tick(100);
  CHECK(bench.target.writes.size() == 1);
  CHECK(bench.irq_0.rises + bench.pin_20.rises == 0);
}

TEST_CASE("HPET: an edge in legacy replacement waits in the 8259 until it is acknowledged") {
  Bench bench;
  bench.hpet.set_legacy_outputs(&bench.pic.line(0), nullptr);
  const auto requested = [&] { return (bench.master.read<std::uint8_t>(0) & 1) != 0; };
  bench.out(0x108, 100);
  bench.out(0x100, 0x8 | 0x4 | 0x40);
  bench.out(0x108, 50);
  bench.out(0x108, 50);
  bench.out(0x010, 3);
  bench.run_to_tick(40);
  CHECK_FALSE(requested());
  bench.run_to_tick(60);
  CHECK(requested());
  CHECK(bench.pic.acknowledge(0) % 8 == 0);
  CHECK_FALSE(requested());
  bench.run_to_tick(110);
  CHECK(requested());  // the next edge
  bench.out(0x100, 0);
  CHECK_FALSE(requested());  // a timer that does not interrupt leaves the line low
}

#include "models/devices/acpi_pm.h"

#include <optional>

#include "tests/catch.h"
#include "tests/devices/recording_line.h"
#include "tests/support/bus_driver.h"

using namespace apicsim;

namespace {

struct Power : PowerListener {
  std::optional<Cycle> off_at;
  void power_off(Cycle at) override { off_at = at; }
  void reset(Cycle) override {}
};

AcpiPm::Config with_bits(unsigned bits) {
  AcpiPm::Config config;
  config.timer_bits = bits;
  return config;
}

struct Bench {
  Timebase timebase{2'800'000'000};
  Clock clock{3'579'545, 2'800'000'000};
  Power power;
  RecordingLine sci;
  AcpiPm pm;
  BusDriver event{"event"}, control{"control"}, timer{"timer"}, gpe0{"gpe0"}, smi{"smi"};

  explicit Bench(const AcpiPm::Config& config = AcpiPm::Config())
      : pm("pm", timebase, config, power, &sci) {
    event.socket.bind(pm.event.socket);
    control.socket.bind(pm.control.socket);
    timer.socket.bind(pm.timer.socket);
    gpe0.socket.bind(pm.gpe0.socket);
    smi.socket.bind(pm.smi.socket);
    elaborate();
  }
  std::uint32_t timer_at(Cycle cycle) {
    timer.delay = timebase.to_sc_time(cycle) - sc_core::sc_time_stamp();
    return timer.read<std::uint32_t>(0);
  }
  void run_to(Cycle cycle) { apicsim::run_to(timebase, cycle); }
};

}  // namespace

TEST_CASE("The PM timer counts 3.579545 MHz to the cycle, at any distance (ACPI §4.8.3.3)") {
  Bench bench;
  for (const std::uint64_t tick : {1ull, 2ull, 1000ull, 3'579'545ull, 16'777'215ull}) {
    const Cycle edge = bench.clock.edge(tick);
    CHECK(bench.timer_at(edge - 1) == tick - 1);
    CHECK(bench.timer_at(edge) == tick);
  }
  CHECK(bench.timer_at(2'800'000'000) == 3'579'545);
}

TEST_CASE("A 24-bit PM timer wraps at 2^24") {
  Bench bench(with_bits(24));
  CHECK(bench.timer_at(bench.clock.edge((1 << 24) - 1)) == 0xFFFFFF);
  CHECK(bench.timer_at(bench.clock.edge(1 << 24)) == 0);
}

TEST_CASE("A 32-bit PM timer wraps at 2^32") {
  Bench bench(with_bits(32));
  CHECK(bench.timer_at(bench.clock.edge(1 << 24)) == 1 << 24);
  CHECK(bench.timer_at(bench.clock.edge((1ull << 32) + 9)) == 9);
}

TEST_CASE("TMR_STS is set when the top bit changes and cleared by writing 1 (ACPI §4.8.3.1.1)") {
  Bench bench;
  const Cycle half = bench.clock.edge(1 << 23);
  bench.event.delay = bench.timebase.to_sc_time(half - 1);
  CHECK(bench.event.read<std::uint16_t>(0) == 0);
  bench.event.delay = bench.timebase.to_sc_time(half);
  CHECK(bench.event.read<std::uint16_t>(0) == 1);
  bench.event.write<std::uint16_t>(0, 0);
  CHECK(bench.event.read<std::uint16_t>(0) == 1);
  bench.event.write<std::uint16_t>(0, 1);
  CHECK(bench.event.read<std::uint16_t>(0) == 0);
}

TEST_CASE("An enabled timer status raises the SCI in ACPI mode, at the cycle of the change") {
  Bench bench;
  bench.smi.write<std::uint8_t>(0, 2);
  bench.event.write<std::uint16_t>(2, 0x0001);
  CHECK(bench.event.read<std::uint32_t>(0) == 0x00010000);
  const Cycle half = bench.clock.edge(1 << 23);
  bench.run_to(half - 1);
  CHECK_FALSE(bench.sci.active);
  bench.run_to(half);
  CHECK(bench.sci.active);
  CHECK(bench.sci.last == half);
  bench.event.write<std::uint16_t>(0, 0x0001);
  CHECK_FALSE(bench.sci.active);
  bench.run_to(bench.clock.edge(2 << 23));
  CHECK(bench.sci.active);
}

TEST_CASE("SCI_EN follows the SMI commands that the FADT names (ACPI §5.2.9)") {
  Bench bench;
  CHECK(bench.control.read<std::uint16_t>(0) == 0);
  bench.smi.write<std::uint8_t>(0, 2);
  CHECK(bench.control.read<std::uint16_t>(0) == 1);
  bench.smi.write<std::uint8_t>(0, 3);
  CHECK(bench.control.read<std::uint16_t>(0) == 0);
  bench.smi.write<std::uint8_t>(1, 0x5A);
  CHECK(bench.smi.read<std::uint8_t>(1) == 0x5A);
}

TEST_CASE("SLP_EN with the type of S5 powers off, another type does not (ACPI §4.8.3.2.1)") {
  AcpiPm::Config config;
  config.s5_sleep_type = 5;
  Bench bench(config);
  bench.control.write<std::uint16_t>(0, 5 << 10);
  CHECK_FALSE(bench.power.off_at.has_value());
  bench.control.write<std::uint16_t>(0, 0x2000 | 3 << 10);
  CHECK_FALSE(bench.power.off_at.has_value());
  CHECK(bench.pm.ignored_sleep_requests() == 1);
  bench.control.delay = bench.timebase.to_sc_time(1234);
  bench.control.write<std::uint16_t>(0, 0x2000 | 5 << 10);
  CHECK(bench.power.off_at == Cycle{1234});
  CHECK(bench.control.read<std::uint16_t>(0) == 5 << 10);
}

TEST_CASE("Registers can be written byte by byte, and the timer not at all") {
  AcpiPm::Config config;
  config.s5_sleep_type = 7;
  Bench bench(config);
  bench.control.write<std::uint8_t>(1, 0x20 | 7 << 2);
  CHECK(bench.power.off_at.has_value());
  bench.event.write<std::uint8_t>(3, 0x01);
  CHECK(bench.event.read<std::uint16_t>(2) == 0x0100);
  bench.timer.write<std::uint32_t>(0, 77);
  CHECK(bench.timer_at(0) == 0);
}

TEST_CASE("GPE0: the enable half keeps what is written, the status half stays zero") {
  Bench bench;
  bench.gpe0.write<std::uint64_t>(0, ~0ull);
  bench.gpe0.write<std::uint64_t>(8, 0x1122334455667788);
  CHECK(bench.gpe0.read<std::uint64_t>(0) == 0);
  CHECK(bench.gpe0.read<std::uint64_t>(8) == 0x1122334455667788);
  CHECK(bench.gpe0.read<std::uint16_t>(14) == 0x1122);
}

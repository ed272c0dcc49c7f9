#include "tests/apic/apic_fixture.h"
#include "tests/catch.h"

using namespace apicsim;
using namespace apicsim::testing;
using namespace apicsim::lapic;

namespace {

constexpr std::uint32_t one_shot = 0;
constexpr std::uint32_t periodic = 1u << 17;
constexpr std::uint32_t tsc_deadline = 2u << 17;
constexpr std::uint32_t divide_by_1 = 0xB;

/// The bench's timer input clock makes a tick every 30 cycles (100 MHz of 3 GHz).
constexpr Cycle tick = 30;

void program(ApicBench& bench, std::uint32_t lvt_entry, std::uint32_t count, Cycle now) {
  bench.software_enable(now);
  bench.write(reg::divide, divide_by_1, now);
  bench.write(reg::lvt_timer, lvt_entry, now);
  bench.write(reg::initial_count, count, now);
}

/// Not one cycle before, yes at that cycle.
void check_fires_at(ApicBench& bench, std::uint8_t vector, Cycle cycle) {
  CHECK(bench.apic.next_event() == cycle);
  bench.apic.advance(cycle - 1);
  CHECK_FALSE(bench.apic.requested(vector));
  bench.apic.advance(cycle);
  CHECK(bench.apic.requested(vector));
}

}  // namespace

TEST_CASE("A one-shot timer fires once, on its cycle, and stays at zero, SDM 11.5.4") {
  ApicBench bench;
  program(bench, one_shot | 0x40, 1000, 3000);
  check_fires_at(bench, 0x40, 3000 + 1000 * tick);
  CHECK(bench.apic.next_event() == never);
  CHECK(bench.read(reg::current_count, 4'000'000) == 0);
  CHECK(bench.read(reg::initial_count, 4'000'000) == 1000);
}

TEST_CASE("The timer counts with the divided input clock: all eight dividers, SDM 11.5.4") {
  const std::pair<std::uint32_t, unsigned> rows[] = {{0x0, 2},  {0x1, 4},  {0x2, 8},   {0x3, 16},
                                                     {0x8, 32}, {0x9, 64}, {0xA, 128}, {0xB, 1}};
  for (const auto& row : rows) {
    ApicBench bench;
    bench.software_enable();
    bench.write(reg::divide, row.first);
    bench.write(reg::lvt_timer, 0x40);
    bench.write(reg::initial_count, 100);
    const Cycle step = tick * row.second;
    CAPTURE(row.second);
    CHECK(bench.read(reg::current_count, step - 1) == 100);
    CHECK(bench.read(reg::current_count, step) == 99);
    CHECK(bench.read(reg::current_count, 99 * step) == 1);
    check_fires_at(bench, 0x40, 100 * step);
  }
}

TEST_CASE("Edge k of a periodic timer is computed from k: no drift at clocks that do not divide") {
  LocalApicConfig config = plain_config();
  const std::uint64_t reference = 2'800'000'000;
  config.timer = Clock(133'333'333, reference);
  ApicBench bench(config);
  program(bench, periodic | 0x40, 1000, 0);
  for (std::uint64_t k = 1; k <= 2000; ++k) {
    const Cycle expected = config.timer.edge(1000 * k);
    REQUIRE(bench.apic.next_event() == expected);
    bench.apic.advance(expected - 1);
    REQUIRE_FALSE(bench.apic.requested(0x40));
    REQUIRE(bench.apic.acknowledge(expected) == 0x40);
    bench.write(reg::eoi, 0, expected);
  }
  CHECK(bench.apic.counters().timer == 2000);
}

TEST_CASE("A periodic timer reloads, its count never reads above the initial one, SDM 11.5.4") {
  ApicBench bench;
  program(bench, periodic | 0x40, 10, 0);
  for (Cycle cycle = 0; cycle < 50 * tick; ++cycle) {
    const std::uint32_t expected = 10 - static_cast<std::uint32_t>(cycle / tick % 10);
    REQUIRE(bench.read(reg::current_count, cycle) == expected);
  }
}

TEST_CASE("A masked timer fires nothing and wakes nobody, but counts on, SDM 11.5.4") {
  ApicBench bench;
  program(bench, lvt::mask | periodic | 0x40, 10, 0);
  CHECK(bench.apic.next_event() == never);
  bench.apic.advance(1'000'000'000);
  CHECK_FALSE(bench.apic.requested(0x40));
  const Cycle now = 1'000'000'010;
  CHECK(bench.read(reg::current_count, now) == 10 - (now / tick) % 10);
  bench.write(reg::lvt_timer, periodic | 0x7B, now);
  CHECK_FALSE(bench.apic.requested(0x7B));
  check_fires_at(bench, 0x7B, (now / (10 * tick) + 1) * 10 * tick);
}

TEST_CASE("A one-shot that expired while masked is lost, SDM 11.5.1") {
  ApicBench bench;
  program(bench, lvt::mask | 0x7B, 10, 0);
  bench.write(reg::lvt_timer, 0x7B, 11 * tick);
  CHECK(bench.apic.next_event() == never);
  bench.apic.advance(1'000'000);
  CHECK_FALSE(bench.apic.requested(0x7B));
}

TEST_CASE("An initial count of zero stops the timer, SDM 11.5.4") {
  for (const std::uint32_t mode : {one_shot, periodic}) {
    ApicBench bench;
    program(bench, mode | 0x40, 10, 0);
    bench.write(reg::initial_count, 0, 5 * tick);
    CHECK(bench.apic.next_event() == never);
    CHECK(bench.read(reg::current_count, 6 * tick) == 0);
  }
}

TEST_CASE("A write to the initial count starts anew, SDM 11.5.4") {
  ApicBench bench;
  program(bench, one_shot | 0x40, 10, 0);
  bench.write(reg::initial_count, 20, 5 * tick);
  check_fires_at(bench, 0x40, 25 * tick);
}

TEST_CASE("Switching between one-shot and periodic does not touch a running count, SDM 11.5.4") {
  ApicBench bench;
  program(bench, periodic | 0x40, 10, 0);
  bench.write(reg::lvt_timer, one_shot | 0x40, 25 * tick);
  CHECK(bench.read(reg::current_count, 25 * tick) == 5);
  CHECK(bench.read(reg::initial_count, 25 * tick) == 10);
  CHECK(bench.apic.next_event() == 30 * tick);
  bench.apic.advance(30 * tick);
  CHECK(bench.apic.next_event() == never);
  bench.write(reg::lvt_timer, periodic | 0x40, 31 * tick);
  CHECK(bench.apic.next_event() == never);
  CHECK(bench.read(reg::current_count, 100 * tick) == 0);
}

TEST_CASE("A one-shot becomes periodic in flight: fires at its end, then every period") {
  ApicBench bench;
  program(bench, one_shot | 0x40, 10, 0);
  bench.write(reg::lvt_timer, periodic | 0x40, 4 * tick);
  bench.apic.advance(10 * tick);
  CHECK(bench.apic.requested(0x40));
  CHECK(bench.apic.next_event() == 20 * tick);
}

TEST_CASE("A new divider takes over the current count, SDM 11.5.4") {
  ApicBench bench;
  program(bench, one_shot | 0x40, 10, 0);
  bench.write(reg::divide, 0x1, 4 * tick);
  CHECK(bench.read(reg::current_count, 4 * tick) == 6);
  check_fires_at(bench, 0x40, 4 * tick + 6 * 4 * tick);
}

TEST_CASE("TSC-deadline: one interrupt at the first cycle where TSC >= deadline, SDM 11.5.4.1") {
  const Clock tsc = plain_config().tsc;
  for (const std::uint64_t deadline : {1000ull, 1001ull, 1'800'000'000ull * 3600 + 1}) {
    ApicBench bench;
    bench.software_enable();
    bench.write(reg::lvt_timer, tsc_deadline | 0x40);
    REQUIRE(bench.apic.write_msr(0x6E0, deadline, 0));
    CHECK(bench.apic.read_msr(0x6E0, 1) == std::optional<std::uint64_t>{deadline});
    const Cycle cycle = tsc.edge(deadline);
    CHECK(tsc.ticks(cycle - 1) < deadline);
    CHECK(tsc.ticks(cycle) >= deadline);
    check_fires_at(bench, 0x40, cycle);
    CHECK(bench.apic.read_msr(0x6E0, cycle) == std::optional<std::uint64_t>{0});
    CHECK(bench.apic.next_event() == never);
  }
}

TEST_CASE("A deadline in the past interrupts at once, zero disarms, SDM 11.5.4.1") {
  ApicBench bench;
  bench.software_enable();
  bench.write(reg::lvt_timer, tsc_deadline | 0x40);
  REQUIRE(bench.apic.write_msr(0x6E0, 5, 30'000));
  CHECK(bench.apic.requested(0x40));
  CHECK(bench.apic.acknowledge(30'000) == 0x40);
  CHECK(bench.apic.read_msr(0x6E0, 30'000) == std::optional<std::uint64_t>{0});
  REQUIRE(bench.apic.write_msr(0x6E0, ~std::uint64_t{0}, 30'000));
  REQUIRE(bench.apic.write_msr(0x6E0, 0, 30'001));
  CHECK(bench.apic.next_event() == never);
}

TEST_CASE("TSC-deadline and counting modes exclude each other, SDM 11.5.4.1") {
  ApicBench bench;
  program(bench, one_shot | 0x40, 1000, 0);
  REQUIRE(bench.apic.write_msr(0x6E0, 5000, 0));
  CHECK(bench.apic.read_msr(0x6E0, 0) == std::optional<std::uint64_t>{0});

  bench.write(reg::lvt_timer, tsc_deadline | 0x40, 10);
  CHECK(bench.apic.next_event() == never);
  CHECK(bench.read(reg::initial_count, 10) == 0);
  CHECK(bench.read(reg::current_count, 10) == 0);
  bench.write(reg::initial_count, 77, 10);
  CHECK(bench.read(reg::initial_count, 10) == 0);
  CHECK(bench.apic.next_event() == never);

  REQUIRE(bench.apic.write_msr(0x6E0, 5000, 10));
  CHECK(bench.apic.next_event() != never);
  bench.write(reg::lvt_timer, one_shot | 0x40, 20);
  CHECK(bench.apic.next_event() == never);
  CHECK(bench.apic.read_msr(0x6E0, 20) == std::optional<std::uint64_t>{0});
}

TEST_CASE("A deadline that passes while masked is spent, SDM 11.5.4.1") {
  ApicBench bench;
  bench.software_enable();
  bench.write(reg::lvt_timer, lvt::mask | tsc_deadline | 0x40);
  REQUIRE(bench.apic.write_msr(0x6E0, 6, 0));
  CHECK(bench.apic.read_msr(0x6E0, 9) == std::optional<std::uint64_t>{6});
  CHECK(bench.apic.read_msr(0x6E0, 10) == std::optional<std::uint64_t>{0});
  bench.write(reg::lvt_timer, tsc_deadline | 0x40, 20);
  CHECK_FALSE(bench.apic.requested(0x40));
}

TEST_CASE("A written IA32_TSC moves an armed deadline, SDM 11.5.4.1") {
  ApicBench bench;
  bench.software_enable();
  bench.write(reg::lvt_timer, tsc_deadline | 0x40);
  REQUIRE(bench.apic.write_msr(0x6E0, 1800, 0));
  CHECK(bench.apic.next_event() == 3000);
  bench.apic.set_tsc_offset(600, 0);
  CHECK(bench.apic.next_event() == 2000);
  bench.apic.set_tsc_offset(std::uint64_t{0} - 600, 0);
  // At cycle 0 the counter reads 2^64 - 600, far above the deadline.
  CHECK(bench.apic.next_event() == 0);
}

TEST_CASE("The timer tells its CPU when it is to look, SDM 11.5.4") {
  ApicBench bench;
  program(bench, one_shot | 0x40, 100, 0);
  REQUIRE_FALSE(bench.listener.calls.empty());
  CHECK(bench.listener.calls.back().cycle == 100 * tick);
  bench.listener.calls.clear();
  bench.write(reg::initial_count, 50, 0);
  REQUIRE(bench.listener.calls.size() == 1);
  CHECK(bench.listener.calls.back().cycle == 50 * tick);
}

TEST_CASE("The largest count does not overflow, SDM 11.5.4") {
  ApicBench bench;
  bench.software_enable();
  bench.write(reg::divide, 0xA);
  bench.write(reg::lvt_timer, 0x40);
  bench.write(reg::initial_count, 0xFFFFFFFF);
  CHECK(bench.apic.next_event() == Cycle{0xFFFFFFFF} * 128 * tick);
}

TEST_CASE("The reserved timer mode does not count, SDM 11.5.4") {
  ApicBench bench;
  program(bench, 3u << 17 | 0x40, 100, 0);
  CHECK(bench.apic.next_event() == never);
  CHECK(bench.read(reg::current_count, 10) == 0);
}

TEST_CASE("The vector is that of the entry when the timer expires, SDM 11.5.4") {
  ApicBench bench;
  program(bench, one_shot | 0x40, 10, 0);
  bench.write(reg::lvt_timer, one_shot | 0x41, 10 * tick - 1);
  bench.apic.advance(10 * tick);
  CHECK_FALSE(bench.apic.requested(0x40));
  CHECK(bench.apic.requested(0x41));
}

TEST_CASE("Unmasking a timer that counts lets its next expiry through, on its cycle, 11.5.1") {
  ApicBench bench;
  program(bench, lvt::mask | periodic | 0x40, 10, 0);
  bench.write(reg::lvt_timer, periodic | 0x40, 25 * tick);
  check_fires_at(bench, 0x40, 30 * tick);
}

TEST_CASE("Periodic to one-shot in flight: the running period is the last one, SDM 11.5.4") {
  ApicBench bench;
  program(bench, periodic | 0x40, 10, 0);
  bench.write(reg::lvt_timer, one_shot | 0x40, 5 * tick);
  check_fires_at(bench, 0x40, 10 * tick);
  CHECK(bench.apic.next_event() == never);
  CHECK(bench.read(reg::current_count, 11 * tick) == 0);
  CHECK(bench.read(reg::initial_count, 11 * tick) == 10);
}

TEST_CASE("An expiry with a vector below 16 is an illegal one received, no request, 11.5.3") {
  ApicBench bench;
  program(bench, one_shot | 0x0F, 10, 0);
  bench.apic.advance(10 * tick);
  CHECK_FALSE(bench.apic.interrupt_pending());
  bench.write(reg::esr, 0, 10 * tick);
  CHECK(bench.read(reg::esr, 10 * tick) == esr::receive_illegal_vector);
}

TEST_CASE("In TSC-deadline mode the counters read zero and take nothing, SDM 11.5.4.1") {
  ApicBench bench;
  program(bench, tsc_deadline | 0x40, 10, 0);
  CHECK(bench.read(reg::initial_count, 0) == 0);
  CHECK(bench.read(reg::current_count, 0) == 0);
  CHECK(bench.apic.next_event() == never);
}

TEST_CASE("TSC-deadline works in x2APIC mode as in xAPIC mode, SDM 11.5.4.1") {
  ApicBench bench;
  bench.enter_x2apic();
  REQUIRE(bench.apic.write_msr(0x80F, 0x1FF, 0));
  REQUIRE(bench.apic.write_msr(0x832, tsc_deadline | 0x40, 0));
  REQUIRE(bench.apic.write_msr(msr_tsc_deadline, 900, 0));
  CHECK(bench.apic.read_msr(msr_tsc_deadline, 0) == std::optional<std::uint64_t>{900});
  check_fires_at(bench, 0x40, 1500);  // 1.8 GHz of 3 GHz
  CHECK(bench.apic.read_msr(msr_tsc_deadline, 1500) == std::optional<std::uint64_t>{0});
}

TEST_CASE("The first deadline counts no more when another one is written, SDM 11.5.4.1") {
  ApicBench bench;
  bench.software_enable();
  bench.write(reg::lvt_timer, tsc_deadline | 0x40);
  REQUIRE(bench.apic.write_msr(msr_tsc_deadline, 900, 0));
  REQUIRE(bench.apic.write_msr(msr_tsc_deadline, 1800, 0));
  check_fires_at(bench, 0x40, 3000);
}

#include <ctime>

#include "models/devices/cmos_rtc.h"
#include "tests/catch.h"
#include "tests/devices/recording_line.h"
#include "tests/support/bus_driver.h"

// Rules: Motorola MC146818 data sheet (ADI-856-R2).
using namespace apicsim;

namespace {

constexpr Cycle hz = 1'000'000'000;
constexpr std::uint64_t start = 1'393'635'599;  // 2014-03-01 00:59:59, a Saturday

struct Bench {
  Timebase timebase{hz};
  RecordingLine line;
  CmosRtc rtc{"rtc", timebase, CmosRtc::Config{start}, &line};
  BusDriver io{"io"};

  Bench() {
    io.socket.bind(rtc.socket);
    elaborate();
  }
  void at(Cycle cycle) { io.delay = timebase.to_sc_time(cycle) - sc_core::sc_time_stamp(); }
  unsigned in(unsigned index) {
    io.write<std::uint8_t>(0, static_cast<std::uint8_t>(index));
    return io.read<std::uint8_t>(1);
  }
  void out(unsigned index, unsigned value) {
    io.write<std::uint8_t>(0, static_cast<std::uint8_t>(index));
    io.write<std::uint8_t>(1, static_cast<std::uint8_t>(value));
  }
};

}  // namespace

TEST_CASE("The calendar agrees with the C library's, forth and back, leap years included") {
  for (std::uint64_t s = 0; s < 8'000'000'000; s += 86'400 * 11 + 12'345) {
    const auto t = static_cast<std::time_t>(s);
    std::tm expected{};
    REQUIRE(gmtime_r(&t, &expected) != nullptr);
    const CalendarTime got = to_calendar(s);
    REQUIRE(got.year == static_cast<unsigned>(expected.tm_year + 1900));
    REQUIRE(got.month == static_cast<unsigned>(expected.tm_mon + 1));
    REQUIRE(got.day == static_cast<unsigned>(expected.tm_mday));
    REQUIRE(got.weekday == static_cast<unsigned>(expected.tm_wday));
    REQUIRE(got.second == static_cast<unsigned>(expected.tm_sec));
    REQUIRE(to_seconds(got) == s);
  }
  CHECK(to_calendar(951'782'400).day == 29);  // 2000-02-29
}

TEST_CASE("RTC: the time starts as configured, in BCD and 24 hours, and advances by the second") {
  Bench bench;
  CHECK(bench.in(0x0B) == 0x02);
  CHECK(bench.in(0x00) == 0x59);
  CHECK(bench.in(0x02) == 0x59);
  CHECK(bench.in(0x04) == 0x00);
  CHECK(bench.in(0x06) == 7);
  CHECK(bench.in(0x07) == 0x01);
  CHECK(bench.in(0x08) == 0x03);
  CHECK(bench.in(0x09) == 0x14);
  CHECK(bench.in(0x32) == 0x20);
  bench.at(hz - 1);
  CHECK(bench.in(0x00) == 0x59);
  bench.at(hz);
  CHECK(bench.in(0x00) == 0x00);
  CHECK(bench.in(0x04) == 0x01);
}

TEST_CASE("RTC: update-in-progress is set for the last 244 us before the second turns over") {
  Bench bench;
  CHECK(bench.in(0x0A) == 0x26);
  bench.at(hz - 244'141 - 100);
  CHECK(bench.in(0x0A) == 0x26);
  bench.at(hz - 244'000);
  CHECK(bench.in(0x0A) == 0xA6);
  bench.at(hz - 1);
  CHECK(bench.in(0x0A) == 0xA6);
  bench.at(hz);
  CHECK(bench.in(0x0A) == 0x26);
}

TEST_CASE("RTC: binary and 12-hour formats") {
  Bench bench;
  bench.out(0x0B, 0x04);
  CHECK(bench.in(0x00) == 59);
  CHECK(bench.in(0x04) == 12);  // midnight is 12 AM
  bench.out(0x0B, 0x00);
  bench.at(13 * 3600 * hz);
  CHECK(bench.in(0x04) == (0x80 | 0x01));  // 13:59:59
}

TEST_CASE("RTC: SET holds the time while software writes it") {
  Bench bench;
  bench.out(0x0B, 0x82);
  bench.at(5 * hz);
  CHECK(bench.in(0x00) == 0x59);
  bench.out(0x00, 0x30);
  bench.out(0x09, 0x24);
  bench.out(0x07, 0x29);
  bench.out(0x08, 0x02);
  bench.out(0x0B, 0x02);
  CHECK(bench.in(0x00) == 0x30);
  bench.at(6 * hz);
  CHECK(bench.in(0x00) == 0x31);
  bench.at(5 * hz + 86'400 * hz);
  CHECK(bench.in(0x08) == 0x03);  // 2024 is a leap year
  CHECK(bench.in(0x07) == 0x01);
}

TEST_CASE("RTC: CMOS RAM keeps bytes, the index ignores the NMI bit, D says the RAM is valid") {
  Bench bench;
  bench.out(0x40, 0x5A);
  CHECK(bench.in(0x40 | 0x80) == 0x5A);
  bench.rtc.preset(0x5D, 7);
  CHECK(bench.in(0x5D) == 7);
  CHECK(bench.in(0x0D) == 0x80);
  bench.out(0x0D, 0);
  CHECK(bench.in(0x0D) == 0x80);
  CHECK(bench.io.read<std::uint8_t>(0) == 0xFF);
}

TEST_CASE("RTC: register C tells what happened since it was read, and reading clears it") {
  Bench bench;
  bench.out(0x0A, 0x20);
  CHECK(bench.in(0x0C) == 0x00);
  bench.at(hz);
  CHECK(bench.in(0x0C) == 0x10);
  CHECK(bench.in(0x0C) == 0x00);
  bench.out(0x0A, 0x26);
  bench.at(hz + hz / 1024 + 1);
  CHECK(bench.in(0x0C) == 0x40);
  CHECK_FALSE(bench.line.active);
}

TEST_CASE("RTC: the update interrupt comes at the second, not before, until C is read") {
  Bench bench;
  bench.out(0x0B, 0x12);
  run_to(bench.timebase, hz - 1);
  CHECK_FALSE(bench.line.active);
  run_to(bench.timebase, hz);
  CHECK(bench.line.active);
  CHECK(bench.line.last == hz);
  CHECK((bench.in(0x0C) & 0x90) == 0x90);
  CHECK_FALSE(bench.line.active);
  run_to(bench.timebase, 2 * hz);
  CHECK(bench.line.rises == 2);
}

TEST_CASE("RTC: the periodic interrupt has the period of its rate (Table 5)") {
  Bench bench;
  bench.out(0x0A, 0x2F);  // 2 Hz
  bench.out(0x0B, 0x42);
  run_to(bench.timebase, hz / 2 - 1);
  CHECK_FALSE(bench.line.active);
  run_to(bench.timebase, hz / 2);
  CHECK(bench.line.active);
}

TEST_CASE("RTC: the alarm matches hours, minutes and seconds, don't-care bytes match anything") {
  Bench bench;
  bench.out(0x01, 0x03);
  bench.out(0x03, 0xFF);
  bench.out(0x05, 0x01);
  bench.out(0x0B, 0x22);
  run_to(bench.timebase, 4 * hz - 1);
  CHECK_FALSE(bench.line.active);
  run_to(bench.timebase, 4 * hz);  // 01:00:03
  CHECK(bench.line.active);
  CHECK((bench.in(0x0C) & 0xA0) == 0xA0);
}

TEST_CASE("RTC: the divider at reset holds the time, released, it ticks half a second later") {
  Bench bench;
  bench.at(300'000'000);
  bench.out(0x0A, 0x76);
  bench.at(5 * hz);
  CHECK(bench.in(0x00) == 0x59);
  CHECK((bench.in(0x0A) & 0xF0) == 0x70);
  bench.at(5 * hz + 250'000'000);
  bench.out(0x0A, 0x26);
  bench.at(5 * hz + 749'900'000);
  CHECK((bench.in(0x0A) & 0x80) == 0x80);
  CHECK(bench.in(0x00) == 0x59);
  bench.at(5 * hz + 750'100'000);
  CHECK(bench.in(0x00) == 0x00);
  CHECK((bench.in(0x0A) & 0x80) == 0x00);
  bench.at(6 * hz + 749'900'000);
  CHECK(bench.in(0x00) == 0x00);
  bench.at(6 * hz + 750'100'000);
  CHECK(bench.in(0x00) == 0x01);
}

TEST_CASE("RTC: no periodic interrupt while the divider is at reset") {
  Bench bench;
  bench.out(0x0A, 0x66);
  bench.out(0x0B, 0x42);
  run_to(bench.timebase, hz / 10);
  CHECK(bench.line.rises == 0);
  bench.at(hz / 10);
  bench.out(0x0A, 0x26);
  run_to(bench.timebase, hz / 10 + hz / 1024 + 1000);
  CHECK(bench.line.rises == 1);
}

TEST_CASE(
    "RTC: setting the clock as kernels do, divider at reset meanwhile, starts half a second in") {
  Bench bench;
  bench.out(0x0B, 0x82);
  bench.out(0x0A, 0x76);
  bench.out(0x00, 0x30);
  bench.out(0x02, 0x15);
  bench.at(hz / 3);
  bench.out(0x0A, 0x26);
  bench.out(0x0B, 0x02);
  bench.at(hz / 3 + 499'900'000);
  CHECK(bench.in(0x00) == 0x30);
  bench.at(hz / 3 + 500'100'000);
  CHECK(bench.in(0x00) == 0x31);
  CHECK(bench.in(0x02) == 0x15);
}

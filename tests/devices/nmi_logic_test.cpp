#include "models/devices/nmi_logic.h"

#include "models/devices/cmos_rtc.h"
#include "models/devices/pit_8254.h"
#include "tests/catch.h"
#include "tests/devices/recording_line.h"
#include "tests/support/bus_driver.h"

// Rules: ICH9 data sheet (316972), §13.7.1 and §13.7.2.
using namespace apicsim;

namespace {

struct Bench {
  Timebase timebase{1'000'000'000};
  RecordingLine nmi;
  NmiLogic logic{&nmi};
  Pit8254 pit{"pit", timebase, nullptr};
  CmosRtc rtc{"rtc", timebase, CmosRtc::Config{}, nullptr};
  BusDriver port_61{"port_61"}, port_70{"port_70"}, unused{"unused"};

  Bench() {
    pit.set_nmi_logic(&logic);
    rtc.set_nmi_logic(&logic);
    port_61.socket.bind(pit.control.socket);
    unused.socket.bind(pit.counters.socket);
    port_70.socket.bind(rtc.socket);
    elaborate();
  }
  std::uint8_t status() { return port_61.read<std::uint8_t>(0) & 0xCC; }
  void pulse(InterruptLine& line) {
    line.set(true, 1);
    line.set(false, 2);
  }
};

}  // namespace

TEST_CASE("NMI is disabled by bit 7 of port 0x70, which is set at reset (ICH9 §13.7.2)") {
  Bench bench;
  bench.pulse(bench.logic.system_error());
  CHECK(bench.status() == 0x80);
  CHECK_FALSE(bench.nmi.active);
  bench.port_70.write<std::uint8_t>(0, 0x0D);
  CHECK(bench.nmi.active);
  bench.port_70.write<std::uint8_t>(0, 0x8D);
  CHECK_FALSE(bench.nmi.active);
  CHECK(bench.port_70.read<std::uint8_t>(1) == 0x80);  // the index is 0x0D all the same
}

TEST_CASE("SERR# and IOCHK# set bits 7 and 6 of port 0x61, their disable bits clear them") {
  Bench bench;
  bench.port_70.write<std::uint8_t>(0, 0);
  bench.pulse(bench.logic.system_error());
  bench.pulse(bench.logic.channel_check());
  CHECK(bench.status() == 0xC0);
  CHECK(bench.nmi.rises == 1);
  bench.port_61.write<std::uint8_t>(0, 0x04);
  CHECK(bench.status() == 0x44);
  CHECK(bench.nmi.active);
  bench.port_61.write<std::uint8_t>(0, 0x08);
  CHECK(bench.status() == 0x08);
  CHECK_FALSE(bench.nmi.active);
  bench.port_61.write<std::uint8_t>(0, 0x00);
  CHECK(bench.status() == 0x00);
}

TEST_CASE("A disabled NMI source is not remembered (ICH9 §13.7.1)") {
  Bench bench;
  bench.port_70.write<std::uint8_t>(0, 0);
  bench.port_61.write<std::uint8_t>(0, 0x0C);
  bench.pulse(bench.logic.system_error());
  bench.pulse(bench.logic.channel_check());
  CHECK(bench.status() == 0x0C);
  bench.port_61.write<std::uint8_t>(0, 0x00);
  CHECK(bench.status() == 0x00);
  CHECK(bench.nmi.rises == 0);
}

TEST_CASE("Writing status bits of port 0x61 does nothing") {
  Bench bench;
  bench.port_61.write<std::uint8_t>(0, 0xF3);
  CHECK((bench.port_61.read<std::uint8_t>(0) & 0xCF) == 0x03);
}

#include "models/devices/keyboard_controller.h"

#include <optional>

#include "tests/catch.h"
#include "tests/devices/recording_line.h"
#include "tests/support/bus_driver.h"

// Rules: IBM PS/2 Hardware Interface Technical Reference, "Keyboard and Auxiliary Device
// Controller"; port 0x92: ICH9 data sheet (316972) §13.7.3.
using namespace apicsim;

namespace {

struct Power : PowerListener {
  unsigned resets = 0;
  Cycle at = 0;
  void power_off(Cycle) override {}
  void reset(Cycle cycle) override {
    ++resets;
    at = cycle;
  }
};

struct Bench {
  Timebase timebase{1'000'000'000};
  Power power;
  RecordingLine irq_1, irq_12;
  KeyboardController device{"device", timebase, power, &irq_1, &irq_12};
  BusDriver port_60{"port_60"}, port_64{"port_64"}, port_92{"port_92"};

  Bench() {
    port_60.socket.bind(device.data.socket);
    port_64.socket.bind(device.command.socket);
    port_92.socket.bind(device.fast.socket);
    elaborate();
  }
  std::uint8_t status() { return port_64.read<std::uint8_t>(0); }
  std::uint8_t data() { return port_60.read<std::uint8_t>(0); }
  void command(std::uint8_t value) { port_64.write(0, value); }
  void argument(std::uint8_t value) { port_60.write(0, value); }
};

}  // namespace

TEST_CASE("Keyboard controller: the input buffer is never full, the output buffer empty at reset") {
  Bench bench;
  CHECK(bench.status() == 0x18);
  bench.command(0xAE);
  CHECK((bench.status() & 0x03) == 0);
}

TEST_CASE("Keyboard controller: self test answers 0x55 and sets the system flag") {
  Bench bench;
  bench.command(0xAA);
  CHECK((bench.status() & 0x05) == 0x05);
  CHECK(bench.data() == 0x55);
  CHECK((bench.status() & 0x05) == 0x04);
  bench.command(0xAB);
  CHECK(bench.data() == 0x00);
  bench.command(0xA9);
  CHECK(bench.data() == 0x00);
}

TEST_CASE("Keyboard controller: the command byte is written, read, and changed by A7 A8 AD AE") {
  Bench bench;
  bench.command(0x60);
  CHECK((bench.status() & 0x08) != 0);
  bench.argument(0x44);
  CHECK((bench.status() & 0x0C) == 0x04);
  const auto command_byte = [&] {
    bench.command(0x20);
    return bench.data();
  };
  CHECK(command_byte() == 0x44);
  bench.command(0xA7);
  CHECK(command_byte() == 0x64);
  bench.command(0xAD);
  CHECK(command_byte() == 0x74);
  bench.command(0xA8);
  bench.command(0xAE);
  CHECK(command_byte() == 0x44);
}

TEST_CASE("Keyboard controller: a full output buffer interrupts by 1, from the mouse by 12") {
  Bench bench;
  bench.command(0xD2);
  bench.argument(0x1C);
  CHECK(bench.irq_1.active);
  CHECK(bench.data() == 0x1C);
  CHECK_FALSE(bench.irq_1.active);
  bench.command(0xD3);
  bench.argument(0x08);
  CHECK(bench.irq_12.active);
  CHECK((bench.status() & 0x21) == 0x21);
  CHECK(bench.data() == 0x08);
  CHECK_FALSE(bench.irq_12.active);
  bench.command(0x60);
  bench.argument(0x00);
  bench.command(0xD2);
  bench.argument(0x1C);
  CHECK(bench.irq_1.rises == 1);
}

TEST_CASE("Keyboard controller: a byte for a device that is not there ends in a timeout") {
  Bench bench;
  bench.argument(0xF4);
  CHECK((bench.status() & 0x61) == 0x41);
  CHECK(bench.data() == 0xFE);
  CHECK((bench.status() & 0x41) == 0);
  bench.command(0xD4);
  bench.argument(0xF4);
  CHECK((bench.status() & 0x61) == 0x61);
  CHECK(bench.data() == 0xFE);
}

TEST_CASE("Keyboard controller: the output port holds A20 and the interrupts, bit 0 low resets") {
  Bench bench;
  bench.command(0xD0);
  CHECK(bench.data() == 0xCF);
  bench.command(0xD1);
  bench.argument(0xDD);
  bench.command(0xD0);
  CHECK(bench.data() == 0xCD);
  CHECK(bench.power.resets == 0);
  bench.port_60.delay = bench.timebase.to_sc_time(77);
  bench.command(0xD1);
  bench.argument(0xDE);
  CHECK(bench.power.resets == 1);
  CHECK(bench.power.at == 77);
}

TEST_CASE("Keyboard controller: command 0xFE pulses the processors' reset, 0xFF nothing") {
  Bench bench;
  bench.command(0xFF);
  bench.command(0xF1);
  CHECK(bench.power.resets == 0);
  bench.command(0xFE);
  CHECK(bench.power.resets == 1);
}

TEST_CASE("Port 0x92: bit 1 is the A20 gate, a rising bit 0 resets (ICH9 §13.7.3)") {
  Bench bench;
  CHECK(bench.port_92.read<std::uint8_t>(0) == 0x02);
  bench.port_92.write<std::uint8_t>(0, 0xFC);
  CHECK(bench.port_92.read<std::uint8_t>(0) == 0x00);
  bench.command(0xD0);
  CHECK(bench.data() == 0xCD);
  bench.port_92.write<std::uint8_t>(0, 0x03);
  CHECK(bench.power.resets == 1);
  bench.port_92.write<std::uint8_t>(0, 0x01);
  CHECK(bench.power.resets == 1);
  bench.port_92.write<std::uint8_t>(0, 0x00);
  bench.port_92.write<std::uint8_t>(0, 0x01);
  CHECK(bench.power.resets == 2);
}

#include "models/devices/pic_8259.h"

#include "tests/catch.h"
#include "tests/devices/recording_line.h"
#include "tests/support/bus_driver.h"

// Rules: Intel 8259A data sheet (231468-003).
using namespace apicsim;

namespace {

struct Bench {
  Timebase timebase{1'000'000'000};
  RecordingLine output;
  Pic8259Pair pic{"pic", timebase, &output};
  BusDriver master{"master"}, slave{"slave"}, trigger{"trigger"};

  Bench() {
    master.socket.bind(pic.master.socket);
    slave.socket.bind(pic.slave.socket);
    trigger.socket.bind(pic.trigger.socket);
    elaborate();
    initialise(0x01);
  }
  /// The sequence of a PC: master at vector 0x30, slave at 0x38, cascade on input 2.
  void initialise(unsigned icw4) {
    out(master, 0, 0x11), out(master, 1, 0x30), out(master, 1, 0x04), out(master, 1, icw4);
    out(slave, 0, 0x11), out(slave, 1, 0x38), out(slave, 1, 0x02), out(slave, 1, icw4);
  }
  static void out(BusDriver& port, unsigned offset, unsigned value) {
    port.write<std::uint8_t>(offset, static_cast<std::uint8_t>(value));
  }
  static unsigned in(BusDriver& port, unsigned offset) { return port.read<std::uint8_t>(offset); }
  void set(unsigned irq, bool high) { pic.line(irq).set(high, 1); }
  unsigned acknowledge() { return pic.acknowledge(2); }
  static unsigned isr(BusDriver& port) {
    out(port, 0, 0x0B);
    const unsigned value = in(port, 0);
    out(port, 0, 0x0A);
    return value;
  }
};

}  // namespace

TEST_CASE("8259: the highest-priority unmasked input interrupts, with base + input as vector") {
  Bench bench;
  bench.set(5, true);
  bench.set(3, true);
  CHECK(bench.output.active);
  CHECK(Bench::in(bench.master, 0) == 0x28);
  CHECK(bench.acknowledge() == 0x33);
  CHECK(Bench::isr(bench.master) == 0x08);
  CHECK_FALSE(bench.output.active);
  Bench::out(bench.master, 0, 0x20);
  CHECK(bench.output.active);
  CHECK(bench.acknowledge() == 0x35);
}

TEST_CASE("8259: the mask holds a request back and keeps it") {
  Bench bench;
  Bench::out(bench.master, 1, 0x10);
  CHECK(Bench::in(bench.master, 1) == 0x10);
  bench.set(4, true);
  CHECK_FALSE(bench.output.active);
  Bench::out(bench.master, 1, 0x00);
  CHECK(bench.output.active);
}

TEST_CASE("8259: the slave interrupts through input 2 and gives its own vector") {
  Bench bench;
  bench.set(12, true);
  CHECK(bench.output.active);
  CHECK(bench.acknowledge() == 0x3C);
  CHECK(Bench::isr(bench.master) == 0x04);
  CHECK(Bench::isr(bench.slave) == 0x10);
  bench.set(9, true);
  CHECK_FALSE(bench.output.active);  // the master serves input 2
  Bench::out(bench.slave, 0, 0x20);
  Bench::out(bench.master, 0, 0x20);
  CHECK(bench.output.active);
  CHECK(bench.acknowledge() == 0x39);
}

TEST_CASE("8259: a request that is gone by the acknowledge is the spurious input 7") {
  Bench bench;
  bench.set(3, true);
  bench.set(3, false);
  CHECK_FALSE(bench.output.active);
  CHECK(bench.acknowledge() == 0x37);
  CHECK(Bench::isr(bench.master) == 0);
}

TEST_CASE("8259: an edge is one request, a level asks until it falls (ELCR)") {
  Bench bench;
  bench.set(5, true);
  bench.acknowledge();
  Bench::out(bench.master, 0, 0x20);
  CHECK_FALSE(bench.output.active);
  bench.set(5, false);

  bench.trigger.write<std::uint16_t>(0, 0xFFFF);
  CHECK(bench.trigger.read<std::uint16_t>(0) == 0xDEF8);
  bench.set(5, true);
  bench.acknowledge();
  Bench::out(bench.master, 0, 0x20);
  CHECK(bench.output.active);
  bench.set(5, false);
  CHECK_FALSE(bench.output.active);
}

TEST_CASE("8259: specific EOI ends the input that it names, rotation makes it the lowest") {
  Bench bench;
  bench.set(6, true);
  bench.acknowledge();
  bench.set(1, true);
  bench.acknowledge();
  CHECK(Bench::isr(bench.master) == 0x42);
  Bench::out(bench.master, 0, 0x66);
  CHECK(Bench::isr(bench.master) == 0x02);
  Bench::out(bench.master, 0, 0xA0);  // rotate on non-specific EOI: 1 becomes the lowest
  bench.set(1, false);
  bench.set(1, true);
  bench.set(4, true);
  CHECK(bench.acknowledge() == 0x34);
}

TEST_CASE("8259: set priority, automatic EOI with and without rotation") {
  Bench bench;
  Bench::out(bench.master, 0, 0xC4);  // 4 lowest, 5 highest
  bench.set(0, true);
  bench.set(5, true);
  CHECK(bench.acknowledge() == 0x35);
  bench.initialise(0x03);
  bench.set(3, true);
  CHECK(bench.acknowledge() == 0x33);
  CHECK(Bench::isr(bench.master) == 0);
  Bench::out(bench.master, 0, 0x80);
  bench.set(6, true);
  CHECK(bench.acknowledge() == 0x36);  // 6 becomes the lowest, 7 the highest
  bench.set(4, true);
  bench.set(7, true);
  CHECK(bench.acknowledge() == 0x37);
}

TEST_CASE("8259: special mask mode lets lower inputs through while a masked one is in service") {
  Bench bench;
  bench.set(3, true);
  bench.acknowledge();
  bench.set(6, true);
  CHECK_FALSE(bench.output.active);
  Bench::out(bench.master, 1, 0x08);
  CHECK_FALSE(bench.output.active);
  Bench::out(bench.master, 0, 0x68);
  CHECK(bench.output.active);
  CHECK(bench.acknowledge() == 0x36);
}

TEST_CASE("8259: special fully nested mode lets the slave ask again from a higher input") {
  Bench bench;
  bench.initialise(0x11);
  bench.set(12, true);
  CHECK(bench.acknowledge() == 0x3C);
  bench.set(9, true);
  CHECK(bench.output.active);
  CHECK(bench.acknowledge() == 0x39);
}

TEST_CASE("8259: the poll command turns the next read into an acknowledge") {
  Bench bench;
  Bench::out(bench.master, 0, 0x0C);
  CHECK(Bench::in(bench.master, 0) == 0x00);
  bench.set(4, true);
  Bench::out(bench.master, 0, 0x0C);
  CHECK(Bench::in(bench.master, 0) == 0x84);
  CHECK(Bench::isr(bench.master) == 0x10);
}

TEST_CASE("8259: ICW1 clears mask, service and priorities and forgets edges") {
  Bench bench;
  bench.set(4, true);
  Bench::out(bench.master, 1, 0xFF);
  bench.initialise(0x01);
  CHECK(Bench::in(bench.master, 1) == 0);
  CHECK_FALSE(bench.output.active);
  bench.set(4, false);
  bench.set(4, true);
  CHECK(bench.output.active);
}

TEST_CASE("8259: there are inputs 0 to 15, the cascade is not one") {
  Bench bench;
  bench.set(2, true);
  CHECK_FALSE(bench.output.active);
  CHECK_THROWS_AS(bench.pic.line(16), std::out_of_range);
}

TEST_CASE(
    "8259: the output falls with each acknowledge, an edge-triggered input sees every request") {
  Bench bench;
  bench.initialise(0x03);  // automatic EOI: the next request is there at once
  bench.set(3, true);
  bench.set(5, true);
  CHECK(bench.output.rises == 1);
  CHECK(bench.acknowledge() == 0x33);
  CHECK(bench.output.active);
  CHECK(bench.output.rises == 2);
  CHECK(bench.acknowledge() == 0x35);
  CHECK_FALSE(bench.output.active);
}

#include <string>

#include "models/devices/debug_console.h"
#include "models/devices/debug_exit.h"
#include "models/devices/uart_16550.h"
#include "tests/catch.h"
#include "tests/devices/recording_line.h"
#include "tests/support/bus_driver.h"

using namespace apicsim;

namespace {

struct Sink : ByteSink {
  std::string text;
  Cycle last = 0;
  void put(std::uint8_t byte, Cycle at) override {
    text.push_back(static_cast<char>(byte));
    last = at;
  }
};

struct Bench {
  Timebase timebase{1'000'000'000};
  Sink sink;
  RecordingLine line;
  Uart16550 uart;
  BusDriver bus{"bus"};

  explicit Bench(Cycle byte_time = 0)
      : uart("uart", timebase, Uart16550::Config{byte_time}, sink, &line) {
    bus.socket.bind(uart.socket);
    elaborate();
  }
  std::uint8_t in(unsigned offset) { return bus.read<std::uint8_t>(offset); }
  void out(unsigned offset, unsigned value) {
    bus.write<std::uint8_t>(offset, static_cast<std::uint8_t>(value));
  }
  void at(Cycle cycle) { bus.delay = timebase.to_sc_time(cycle) - sc_core::sc_time_stamp(); }
};

}  // namespace

TEST_CASE("The registers of the 16550 after reset (PC16550D §8, Table I)") {
  Bench bench;
  CHECK(bench.in(1) == 0x00);
  CHECK(bench.in(2) == 0x01);
  CHECK(bench.in(3) == 0x00);
  CHECK(bench.in(4) == 0x00);
  CHECK(bench.in(5) == 0x60);
}

TEST_CASE(
    "A driver's probe: scratch keeps a value, IER its low 4 bits, FCR shows a 16550A in IIR") {
  Bench bench;
  bench.out(7, 0x5A);
  CHECK(bench.in(7) == 0x5A);
  bench.out(1, 0xFF);
  CHECK(bench.in(1) == 0x0F);
  bench.out(1, 0);
  bench.out(2, 0x01);
  CHECK(bench.in(2) == 0xC1);
  bench.out(2, 0x00);
  CHECK(bench.in(2) == 0x01);
}

TEST_CASE("DLAB hides THR, RBR and IER behind the divisor latch (PC16550D §8.1)") {
  Bench bench;
  bench.out(3, 0x83);
  bench.out(0, 0x01);
  bench.out(1, 0x02);
  CHECK(bench.in(0) == 0x01);
  CHECK(bench.in(1) == 0x02);
  bench.out(3, 0x03);
  CHECK(bench.in(1) == 0x00);
  CHECK(bench.sink.text.empty());
  bench.out(0, 'A');
  CHECK(bench.sink.text == "A");
}

TEST_CASE("Loopback returns what is sent and crosses the modem lines (PC16550D §8.8)") {
  Bench bench;
  bench.out(4, 0x1E);  // loop, OUT2, OUT1, RTS
  CHECK((bench.in(6) & 0xF0) == 0xD0);
  bench.out(0, 'x');
  CHECK(bench.sink.text.empty());
  CHECK((bench.in(5) & 0x01) != 0);
  CHECK(bench.in(0) == 'x');
  CHECK((bench.in(5) & 0x01) == 0);
}

TEST_CASE("THRE falls while the FIFO holds bytes and rises when the last one is being sent") {
  Bench bench(1000);
  bench.out(2, 0x01);
  bench.at(0);
  bench.out(0, 'a');
  CHECK(bench.in(5) == 0x20);
  bench.out(0, 'b');
  CHECK(bench.in(5) == 0x00);
  bench.at(999);
  CHECK(bench.in(5) == 0x00);
  bench.at(1000);
  CHECK(bench.in(5) == 0x20);
  bench.at(1999);
  CHECK(bench.in(5) == 0x20);
  bench.at(2000);
  CHECK(bench.in(5) == 0x60);
}

TEST_CASE("The transmit FIFO takes 16 bytes beside the one being sent, more are lost") {
  Bench bench(1000);
  bench.out(2, 0x01);
  for (int i = 0; i < 20; ++i) bench.out(0, 'a' + static_cast<unsigned>(i));
  CHECK(bench.sink.text == "abcdefghijklmnopq");
  CHECK(bench.uart.bytes_lost() == 3);
}

TEST_CASE("THRE raises the line through OUT2 and reading IIR takes it back (PC16550D Table IV)") {
  Bench bench;
  bench.out(1, 0x02);
  CHECK_FALSE(bench.line.active);  // OUT2 is off
  bench.out(4, 0x08);
  CHECK(bench.line.active);
  CHECK(bench.in(2) == 0x02);
  CHECK_FALSE(bench.line.active);
  CHECK(bench.in(2) == 0x01);
  bench.out(0, 'a');
  CHECK(bench.line.active);
}

TEST_CASE("With a byte time the THRE interrupt comes when the FIFO empties, not a cycle earlier") {
  Bench bench(1000);
  bench.out(2, 0x01);
  bench.out(4, 0x08);
  bench.out(1, 0x02);
  CHECK(bench.in(2) == 0xC2);
  bench.out(0, 'a');
  bench.out(0, 'b');
  CHECK_FALSE(bench.line.active);
  run_to(bench.timebase, 999);
  CHECK_FALSE(bench.line.active);
  run_to(bench.timebase, 1000);
  CHECK(bench.line.active);
  CHECK(bench.line.last == 1000);
}

TEST_CASE("Received bytes wait in a FIFO of 16, the next one is an overrun, told once by LSR") {
  Bench bench;
  bench.out(2, 0x01);
  bench.out(4, 0x08);
  bench.out(1, 0x01);
  for (unsigned i = 0; i < 17; ++i) bench.uart.receive(static_cast<std::uint8_t>(i), 5);
  CHECK(bench.line.active);
  CHECK(bench.in(2) == 0xC4);
  CHECK((bench.in(5) & 0x03) == 0x03);
  CHECK((bench.in(5) & 0x03) == 0x01);
  for (unsigned i = 0; i < 16; ++i) CHECK(bench.in(0) == i);
  CHECK_FALSE(bench.line.active);
  CHECK(bench.in(0) == 0);
}

TEST_CASE("A word written to the port goes to two registers, the annotated delay dates the byte") {
  Bench bench;
  bench.at(123'456);
  bench.bus.write<std::uint16_t>(0, 0x0541);
  CHECK(bench.sink.text == "A");
  CHECK(bench.sink.last == 123'456);
  CHECK(bench.in(1) == 0x05);
}

TEST_CASE("A register block refuses odd sizes, byte enables and ignored commands") {
  Bench bench;
  unsigned char bytes[16] = {};
  for (const unsigned length : {0u, 3u, 5u, 6u, 7u, 9u, 16u})
    CHECK(bench.bus.transfer(tlm::TLM_WRITE_COMMAND, 0, bytes, length) ==
          tlm::TLM_BURST_ERROR_RESPONSE);
  unsigned char enable = TLM_BYTE_ENABLED;
  CHECK(bench.bus.transfer(tlm::TLM_WRITE_COMMAND, 0, bytes, 1, &enable, 1) ==
        tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
  CHECK(bench.bus.transfer(tlm::TLM_IGNORE_COMMAND, 0, bytes, 1) ==
        tlm::TLM_COMMAND_ERROR_RESPONSE);
  CHECK(bench.sink.text.empty());
}

TEST_CASE("The inspector's read takes no byte away") {
  Bench bench;
  bench.uart.receive('q', 0);
  std::uint8_t byte = 0;
  CHECK(bench.bus.debug(tlm::TLM_READ_COMMAND, 0, &byte, 1) == 1);
  CHECK(byte == 'q');
  CHECK(bench.in(0) == 'q');
}

TEST_CASE("A write to the debug exit port reports value and cycle (QEMU hw/misc/debugexit.c)") {
  struct Listener : ExitListener {
    std::uint32_t value = 99;
    Cycle cycle = 0;
    void debug_exit(std::uint32_t v, Cycle at) override {
      value = v;
      cycle = at;
    }
  } listener;
  const Timebase timebase(1'000'000'000);
  DebugExit port("port", timebase, listener);
  BusDriver bus("bus");
  bus.socket.bind(port.socket);
  elaborate();
  CHECK(bus.read<std::uint32_t>(0) == 0);
  CHECK(listener.value == 99);
  bus.delay = timebase.to_sc_time(77);
  bus.write<std::uint32_t>(0, 0x10);
  CHECK(listener.value == 0x10);
  CHECK(listener.cycle == 77);
  bus.write<std::uint8_t>(0, 1);
  CHECK(listener.value == 1);
}

TEST_CASE("The debug console shows the bytes written and answers 0xE9 (QEMU hw/char/debugcon.c)") {
  const Timebase timebase(1'000'000'000);
  Sink sink;
  DebugConsole console("console", timebase, sink);
  BusDriver bus("bus");
  bus.socket.bind(console.socket);
  elaborate();
  CHECK(bus.read<std::uint8_t>(0) == 0xE9);
  bus.write<std::uint8_t>(0, 'o');
  bus.write<std::uint8_t>(0, 'k');
  CHECK(sink.text == "ok");
}

#include "models/devices/interrupt_tester.h"

#include "models/devices/nmi_logic.h"
#include "tests/catch.h"
#include "tests/devices/message_target.h"
#include "tests/devices/recording_line.h"
#include "tests/support/bus_driver.h"

using namespace apicsim;
namespace it = apicsim::interrupt_tester;

namespace {

constexpr unsigned msi = 0x40;
constexpr unsigned msix = 0x58;

struct Bench {
  Timebase timebase{1'000'000'000};
  RecordingLine pin, serr;
  InterruptTester device{"device", timebase, {3, 2, 1}, {nullptr, nullptr, &pin}, &serr};
  MessageTarget target{"target", timebase};
  BusDriver registers{"registers"}, table{"table"};

  Bench() {
    device.dma.socket.bind(target.socket);
    registers.socket.bind(device.registers.socket);
    table.socket.bind(device.msix.socket);
    elaborate();
    device.write_config(4, 2, 0x6, 0);
  }
  std::uint32_t in(std::uint64_t offset) { return registers.read<std::uint32_t>(offset); }
  void out(std::uint64_t offset, std::uint32_t value) { registers.write(offset, value); }
  void enable_msi(unsigned exponent = 3) {
    device.write_config(msi + 4, 4, 0xFEE02000, 0);
    device.write_config(msi + 12, 2, 0x4058, 0);
    device.write_config(msi + 2, 2, 1 | exponent << 4, 0);
  }
  void enable_msix() {
    for (std::uint32_t vector = 0; vector < it::msix_vectors; ++vector) {
      table.write<std::uint64_t>(16 * vector, 0xFEE00000 | vector << 12);
      table.write<std::uint32_t>(16 * vector + 8, 0x30 + vector);
    }
    device.write_config(msix + 2, 2, 0x8000, 0);
  }
  std::size_t sent() const { return target.writes.size(); }
};

}  // namespace

TEST_CASE("Interrupt tester: identity, MSI with 8 vectors and masks, MSI-X with 32 vectors") {
  Bench bench;
  CHECK(bench.device.read_config(0x00, 4) == 0x11EF1234);
  CHECK(bench.device.read_config(0x34, 1) == msi);
  CHECK(bench.device.read_config(msi, 4) == (0x01860005 | msix << 8));
  CHECK(bench.device.read_config(msix, 4) == 0x001F0011);
  CHECK(bench.in(it::identification) == it::identification_value);
  CHECK(bench.in(it::vector_counts) == (8u << 16 | 32));
}

TEST_CASE("Interrupt tester: without MSI and MSI-X an event holds INTA until it is retracted") {
  Bench bench;
  bench.out(it::raise, 3);
  bench.out(it::raise, 4);
  CHECK(bench.pin.active);
  bench.out(it::retract, 3);
  CHECK(bench.pin.active);
  bench.out(it::retract, 4);
  CHECK_FALSE(bench.pin.active);
  CHECK(bench.sent() == 0);
}

TEST_CASE("Interrupt tester: MSI sends at the cycle of the access, with the requester id") {
  Bench bench;
  bench.enable_msi();
  bench.registers.delay = bench.timebase.to_sc_time(123);
  bench.out(it::raise, 5);
  REQUIRE(bench.sent() == 1);
  CHECK(bench.target.writes[0].address == 0xFEE02000);
  CHECK(bench.target.writes[0].data == 0x405D);
  CHECK(bench.target.writes[0].length == 4);
  CHECK(bench.target.writes[0].at == 123);
  CHECK(bench.target.writes[0].requester == 0x0311);
  CHECK(bench.pin.rises == 0);
  CHECK(bench.in(it::messages_sent) == 1);
}

TEST_CASE("Interrupt tester: enabling MSI takes INTA back, disabling it shows the event again") {
  Bench bench;
  bench.out(it::raise, 0);
  CHECK(bench.pin.active);
  bench.enable_msi();
  CHECK_FALSE(bench.pin.active);
  bench.device.write_config(msi + 2, 2, 0, 0);
  CHECK(bench.pin.active);
}

TEST_CASE("Interrupt tester: MSI-X goes before MSI, every vector with its own address and data") {
  Bench bench;
  bench.enable_msi();
  bench.enable_msix();
  for (std::uint32_t vector = 0; vector < it::msix_vectors; ++vector) {
    bench.table.write<std::uint32_t>(16 * vector + 12, 0);
    bench.out(it::raise, vector);
    REQUIRE(bench.sent() == vector + 1);
    CHECK(bench.target.writes[vector].address == (0xFEE00000 | vector << 12));
    CHECK(bench.target.writes[vector].data == 0x30 + vector);
  }
}

TEST_CASE("Interrupt tester: unmasking a vector of MSI-X sends what was held back") {
  Bench bench;
  bench.enable_msix();
  bench.out(it::raise, 7);
  CHECK(bench.sent() == 0);
  CHECK(bench.table.read<std::uint32_t>(it::pending_offset) == 1u << 7);
  CHECK(bench.in(it::messages_held) == 1);
  bench.table.write<std::uint32_t>(16 * 7 + 12, 0);
  REQUIRE(bench.sent() == 1);
  CHECK(bench.target.writes[0].address == 0xFEE07000);
  CHECK(bench.target.writes[0].data == 0x37);
  CHECK(bench.table.read<std::uint32_t>(it::pending_offset) == 0);
}

TEST_CASE("Interrupt tester: clearing the function mask sends in order of the vectors") {
  Bench bench;
  bench.enable_msix();
  for (const std::uint64_t vector : {2, 9}) bench.table.write<std::uint32_t>(16 * vector + 12, 0);
  bench.device.write_config(msix + 2, 2, 0xC000, 0);
  bench.out(it::raise, 9);
  bench.out(it::raise, 2);
  CHECK(bench.sent() == 0);
  bench.device.write_config(msix + 2, 2, 0x8000, 0);
  REQUIRE(bench.sent() == 2);
  CHECK(bench.target.writes[0].data == 0x32);
  CHECK(bench.target.writes[1].data == 0x39);
}

TEST_CASE("Interrupt tester: pending bits are read-only") {
  Bench bench;
  bench.enable_msix();
  bench.table.write<std::uint32_t>(it::pending_offset, 0xFFFFFFFF);
  CHECK(bench.table.read<std::uint64_t>(it::pending_offset) == 0);
  CHECK(bench.sent() == 0);
}

TEST_CASE("A function that may not master the bus sends no message (PCI 3.0 §6.2.2)") {
  Bench bench;
  bench.enable_msi();
  bench.device.write_config(4, 2, 0x2, 0);
  bench.out(it::raise, 0);
  CHECK(bench.sent() == 0);
  CHECK(bench.in(it::messages_refused) == 1);
  bench.device.write_config(4, 2, 0x6, 0);
  bench.target.response = tlm::TLM_ADDRESS_ERROR_RESPONSE;
  bench.out(it::raise, 0);
  CHECK(bench.device.statistics().refused == 2);
  CHECK(bench.device.statistics().sent == 0);
}

TEST_CASE("Interrupt tester: writes 1, 2, 4 or 8 bytes of choice as a bus master") {
  Bench bench;
  bench.registers.write<std::uint64_t>(it::write_address, 0xFEE01004);
  bench.out(it::write_data, 0x55667788);
  bench.out(it::write_data + 4, 0x11223344);
  CHECK(bench.in(it::write_result) == it::result_none);
  for (const std::uint32_t length : {1u, 2u, 4u, 8u}) bench.out(it::write_length, length);
  for (const std::uint32_t length : {0u, 3u, 5u, 16u}) bench.out(it::write_length, length);
  REQUIRE(bench.sent() == 4);
  CHECK(bench.target.writes[0].data == 0x88);
  CHECK(bench.target.writes[3].data == 0x1122334455667788);
  CHECK(bench.target.writes[3].length == 8);
  CHECK(bench.in(it::write_result) == it::result_done);
  bench.device.write_config(4, 2, 0x2, 0);
  bench.out(it::write_length, 4);
  CHECK(bench.sent() == 4);
  CHECK(bench.in(it::write_result) == it::result_refused);
}

TEST_CASE("SERR# needs its bit in the command register and leaves a trace in the status register") {
  Bench bench;
  bench.out(it::system_error, 1);
  CHECK(bench.serr.rises == 0);
  CHECK((bench.device.read_config(6, 2) & 0x4000) == 0);
  bench.device.write_config(4, 2, 0x106, 0);
  bench.out(it::system_error, 1);
  CHECK(bench.serr.rises == 1);
  CHECK((bench.device.read_config(6, 2) & 0x4000) != 0);
  bench.device.write_config(6, 2, 0x4000, 0);
  CHECK((bench.device.read_config(6, 2) & 0x4000) == 0);
}

TEST_CASE("Interrupt tester: accesses other than aligned dwords and quadwords do nothing") {
  Bench bench;
  CHECK(bench.registers.read<std::uint8_t>(0) == 0xFF);
  CHECK(bench.registers.read<std::uint16_t>(0) == 0xFFFF);
  bench.registers.write<std::uint16_t>(it::raise, 0);
  bench.registers.write<std::uint64_t>(it::raise, 0);
  CHECK_FALSE(bench.pin.active);
  CHECK(bench.registers.read<std::uint64_t>(0) ==
        (std::uint64_t{8u << 16 | 32} << 32 | it::identification_value));
}

#include "models/fabric/unmodelled.h"
#include "tests/apic/apic_fixture.h"
#include "tests/catch.h"

using namespace apicsim;
using namespace apicsim::testing;
using namespace apicsim::lapic;

TEST_CASE("A write to ICR low sends, a write to ICR high does not, SDM 11.6.1") {
  ApicBench bench;
  bench.write(reg::icr_high, 0x05000000, 7);
  CHECK(bench.sink.sent.empty());
  bench.write(reg::icr, 0x000040F0, 8);
  REQUIRE(bench.sink.sent.size() == 1);
  const InterruptMessage& message = bench.sink.sent[0].message;
  CHECK(bench.sink.sent[0].at == 8);
  CHECK(message.source == InterruptMessage::Source::ipi);
  CHECK(message.vector == 0xF0);
  CHECK(message.delivery_mode == DeliveryMode::fixed);
  CHECK(message.destination_mode == DestinationMode::physical);
  CHECK(message.shorthand == DestinationShorthand::none);
  CHECK(message.destination == 5);
  CHECK_FALSE(message.wide_destination);
}

TEST_CASE("ICR in x2APIC mode is one 64-bit write with a 32-bit destination, SDM 11.12.9") {
  LocalApicConfig config = plain_config(0x45);
  config.cpu = 12;
  ApicBench bench(config);
  bench.enter_x2apic();
  REQUIRE(bench.apic.write_msr(0x830, 0x00020003'000008FEull, 9));
  REQUIRE(bench.sink.sent.size() == 1);
  const InterruptMessage& message = bench.sink.sent[0].message;
  CHECK(message.destination == 0x00020003);
  CHECK(message.destination_mode == DestinationMode::logical);
  CHECK(message.wide_destination);
  CHECK(message.sender == 12);
  CHECK(bench.apic.read_msr(0x830, 9) == std::optional<std::uint64_t>{0x00020003'000008FEull});
}

TEST_CASE("ICR reads back with the delivery status idle, for all modes and vectors, SDM 11.6.1") {
  ApicBench bench;
  for (std::uint32_t low = 0; low < 0x1000; ++low) {
    bench.write(reg::icr_high, 0xA5A5A5A5);
    bench.write(reg::icr, low | 0x1000);
    REQUIRE(bench.read(reg::icr) == low);
    REQUIRE(bench.read(reg::icr_high) == 0xA5000000);
  }
}

TEST_CASE("ICR bit 12 is ignored and reads zero in x2APIC mode, SDM 11.12.9") {
  ApicBench bench;
  bench.enter_x2apic();
  REQUIRE(bench.apic.write_msr(0x830, 0x10F1, 0));
  CHECK(bench.apic.read_msr(0x830, 0) == std::optional<std::uint64_t>{0xF1});
}

TEST_CASE("Reserved delivery modes send nothing, SDM 11.6.1") {
  ApicBench bench;
  bench.write(reg::icr, 0x00004320);
  bench.write(reg::icr, 0x00004720);
  CHECK(bench.sink.sent.empty());
}

TEST_CASE("INIT is sent with level assert, its de-assert is not sent, SDM 11.6.1") {
  ApicBench bench;
  bench.write(reg::icr, 0x000C4500, 1);
  bench.write(reg::icr, 0x000C8500, 2);
  bench.write(reg::icr, 0x000C0600 | 0x9A, 3);
  REQUIRE(bench.sink.sent.size() == 2);
  CHECK(bench.sink.sent[0].message.delivery_mode == DeliveryMode::init);
  CHECK(bench.sink.sent[0].message.shorthand == DestinationShorthand::all_but_self);
  CHECK(bench.sink.sent[1].message.delivery_mode == DeliveryMode::start_up);
  CHECK(bench.sink.sent[1].message.vector == 0x9A);
}

TEST_CASE("All IPIs but INIT are edge triggered whatever is written, SDM Table 11-3") {
  ApicBench bench;
  bench.write(reg::icr, 0x0000C031);
  REQUIRE(bench.sink.sent.size() == 1);
  CHECK_FALSE(bench.sink.sent[0].message.level_triggered);
}

TEST_CASE("SELF IPI is in IRR when the WRMSR completes, SDM 11.12.11") {
  ApicBench bench;
  bench.enter_x2apic();
  REQUIRE(bench.apic.write_msr(0x80F, 0x1FF, 0));
  REQUIRE(bench.apic.write_msr(0x83F, 0xB0, 5));
  CHECK(bench.apic.requested(0xB0));
  CHECK(bench.apic.interrupt_pending());
  CHECK(bench.sink.sent.empty());
  REQUIRE_FALSE(bench.listener.calls.empty());
  CHECK(bench.listener.calls.back().cycle == 5);
}

TEST_CASE("The self shorthand with fixed delivery is the same as SELF IPI, SDM 11.12.11") {
  ApicBench bench;
  bench.software_enable();
  bench.write(reg::icr, 0x000440B0, 5);
  CHECK(bench.apic.requested(0xB0));
  CHECK(bench.sink.sent.empty());
}

TEST_CASE("A software-disabled APIC still sends IPIs, SDM 11.4.7.2") {
  ApicBench bench;
  bench.write(reg::icr, 0x00004031);
  CHECK(bench.sink.sent.size() == 1);
}

TEST_CASE("ICR says send pending until the IPI has left, and idle from then on, SDM 11.6.1") {
  LocalApicConfig config = plain_config();
  config.send_time = 40;
  ApicBench bench(config);
  bench.write(reg::icr, 0x000040F0, 100);
  CHECK(bench.read(reg::icr, 100) == 0x000050F0);
  CHECK(bench.read(reg::icr, 139) == 0x000050F0);
  CHECK(bench.read(reg::icr, 140) == 0x000040F0);
}

TEST_CASE("An IPI written while another one is pending leaves behind it, SDM 11.6.1") {
  LocalApicConfig config = plain_config();
  config.send_time = 40;
  ApicBench bench(config);
  bench.write(reg::icr, 0x000040F0, 100);
  bench.write(reg::icr, 0x000040F1, 139);
  bench.write(reg::icr, 0x000040F2, 180);
  REQUIRE(bench.sink.sent.size() == 3);
  CHECK(bench.sink.sent[0].at == 100);
  CHECK(bench.sink.sent[1].at == 140);
  CHECK(bench.sink.sent[2].at == 180);
  CHECK(bench.read(reg::icr, 219) == 0x000050F2);
  CHECK(bench.read(reg::icr, 220) == 0x000040F2);
}

TEST_CASE("A self-IPI does not occupy the ICR, SDM 11.12.11") {
  LocalApicConfig config = plain_config();
  config.send_time = 40;
  ApicBench bench(config);
  bench.software_enable();
  bench.write(reg::icr, 0x000440F0, 100);
  CHECK(bench.read(reg::icr, 100) == 0x000440F0);
}

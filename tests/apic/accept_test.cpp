#include "tests/apic/apic_fixture.h"
#include "tests/catch.h"

using namespace apicsim;
using namespace apicsim::testing;
using namespace apicsim::lapic;

TEST_CASE("An arrival takes effect on its cycle, not before") {
  ApicBench bench;
  bench.software_enable();
  bench.send_fixed(0x30, 1000);
  CHECK(bench.apic.next_event() == 1000);
  bench.apic.advance(999);
  CHECK_FALSE(bench.apic.interrupt_pending());
  bench.apic.advance(1000);
  CHECK(bench.apic.interrupt_pending());
  CHECK(bench.apic.next_event() == never);
}

TEST_CASE("Arrivals are taken in the order of their cycles, then of their sending") {
  ApicBench bench;
  bench.software_enable();
  // The last SIPI counts, so the latch shows who came last.
  bench.send(DeliveryMode::start_up, 30, 3);
  bench.send(DeliveryMode::start_up, 10, 1);
  bench.send(DeliveryMode::start_up, 20, 2);
  bench.send(DeliveryMode::start_up, 20, 4);
  CHECK(bench.apic.next_event() == 10);
  bench.apic.advance(10);
  CHECK(bench.apic.start_up_vector() == std::optional<std::uint8_t>{1});
  bench.apic.advance(20);
  CHECK(bench.apic.start_up_vector() == std::optional<std::uint8_t>{4});
  bench.apic.advance(30);
  CHECK(bench.apic.start_up_vector() == std::optional<std::uint8_t>{3});
}

TEST_CASE("An arrival queue keeps the order of any mix, earliest first, equals as they came") {
  ArrivalQueue queue;
  std::uint32_t seed = 1;
  for (unsigned n = 0; n < 200; ++n) {
    seed = seed * 1664525 + 1013904223;
    queue.push({seed >> 28, static_cast<std::uint8_t>(n), DeliveryMode::fixed, false});
  }
  Arrival last = queue.pop();
  while (!queue.empty()) {
    CHECK(queue.next() >= last.cycle);
    const Arrival arrival = queue.pop();
    if (arrival.cycle == last.cycle) CHECK(arrival.vector > last.vector);
    last = arrival;
  }
  CHECK(queue.next() == never);
}

TEST_CASE("The CPU is told of an arrival only if it is earlier than what it knows") {
  ApicBench bench;
  bench.software_enable();
  bench.send_fixed(0x30, 1000);
  bench.send_fixed(0x31, 2000);
  bench.send_fixed(0x32, 500);
  REQUIRE(bench.listener.calls.size() == 2);
  CHECK(bench.listener.calls[0].cycle == 1000);
  CHECK(bench.listener.calls[1].cycle == 500);
}

TEST_CASE("A software-disabled APIC takes NMI, INIT and SIPI but no fixed interrupt, 11.4.7.2") {
  ApicBench bench;
  bench.send_fixed(0x30, 1);
  bench.send(DeliveryMode::nmi, 1);
  bench.send(DeliveryMode::init, 1);
  bench.send(DeliveryMode::start_up, 1, 0x9A);
  bench.apic.advance(1);
  CHECK_FALSE(bench.apic.requested(0x30));
  CHECK(bench.apic.nmi_pending());
  CHECK(bench.apic.init_pending());
  CHECK(bench.apic.start_up_vector() == std::optional<std::uint8_t>{0x9A});
  CHECK(bench.apic.counters().software_disabled == 1);
}

TEST_CASE("Interrupts in IRR survive a software disable and are still delivered, 11.4.7.2") {
  ApicBench bench;
  bench.software_enable();
  bench.send_fixed(0x30, 1);
  bench.apic.advance(1);
  bench.write(reg::svr, 0xFF, 2);
  CHECK(bench.apic.interrupt_pending());
  CHECK(bench.apic.acknowledge(3) == 0x30);
}

TEST_CASE("A disabled APIC takes nothing, SDM 11.4.3") {
  ApicBench bench;
  bench.send(DeliveryMode::nmi, 10);
  bench.send(DeliveryMode::init, 10);
  REQUIRE(bench.apic.write_apic_base(base::default_address, 5));
  bench.apic.advance(10);
  CHECK_FALSE(bench.apic.nmi_pending());
  CHECK_FALSE(bench.apic.init_pending());
  CHECK(bench.apic.counters().disabled == 2);
}

TEST_CASE("Any number of NMIs is one pending NMI, SDM 6.7.1") {
  ApicBench bench;
  for (Cycle cycle = 1; cycle <= 10; ++cycle) bench.send(DeliveryMode::nmi, cycle);
  bench.apic.advance(10);
  CHECK(bench.apic.nmi_pending());
  CHECK(bench.apic.counters().nmi == 1);
  CHECK(bench.apic.counters().merged == 9);
  bench.apic.clear_nmi();
  CHECK_FALSE(bench.apic.nmi_pending());
}

TEST_CASE("INIT drops an older SIPI, a later SIPI stays, SDM 8.4.3") {
  ApicBench bench;
  bench.send(DeliveryMode::start_up, 1, 0x10);
  bench.send(DeliveryMode::init, 2);
  bench.apic.advance(2);
  CHECK_FALSE(bench.apic.start_up_vector());
  bench.send(DeliveryMode::start_up, 3, 0x20);
  bench.send(DeliveryMode::start_up, 4, 0x21);
  bench.apic.advance(4);
  CHECK(bench.apic.init_pending());
  CHECK(bench.apic.start_up_vector() == std::optional<std::uint8_t>{0x21});
}

TEST_CASE("INIT clears requests and services, messages under way still arrive, SDM 11.4.7.3") {
  ApicBench bench;
  bench.software_enable();
  bench.send_fixed(0x30, 1);
  bench.apic.advance(1);
  bench.send(DeliveryMode::start_up, 50, 0x9A);
  bench.apic.init();
  CHECK_FALSE(bench.apic.interrupt_pending());
  CHECK(bench.apic.next_event() == 50);
  bench.apic.advance(50);
  CHECK(bench.apic.start_up_vector() == std::optional<std::uint8_t>{0x9A});
}

TEST_CASE("ExtINT is latched apart from IRR, SDM 11.5.1") {
  ApicBench bench;
  bench.send(DeliveryMode::ext_int, 1);
  bench.apic.advance(1);
  CHECK(bench.apic.ext_int_pending());
  CHECK_FALSE(bench.apic.interrupt_pending());
  bench.apic.clear_ext_int();
  CHECK_FALSE(bench.apic.ext_int_pending());
}

TEST_CASE("SMI is latched apart from IRR, several are one, also software-disabled, SDM 11.4.7.2") {
  ApicBench bench;
  bench.send(DeliveryMode::smi, 1);
  bench.send(DeliveryMode::smi, 2);
  bench.apic.advance(0);
  CHECK_FALSE(bench.apic.smi_pending());
  bench.apic.advance(2);
  CHECK(bench.apic.smi_pending());
  CHECK_FALSE(bench.apic.interrupt_pending());
  CHECK(bench.apic.counters().smi == 1);
  CHECK(bench.apic.counters().merged == 1);
  bench.apic.clear_smi();
  CHECK_FALSE(bench.apic.smi_pending());
}

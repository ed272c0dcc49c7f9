#include "models/apic/vector_set.h"
#include "tests/apic/apic_fixture.h"
#include "tests/catch.h"

using namespace apicsim;
using namespace apicsim::testing;
using namespace apicsim::lapic;

TEST_CASE("A vector set knows its highest member, SDM 11.8.4") {
  VectorSet set;
  CHECK(set.highest() == -1);
  for (const int vector : {0, 7, 8, 31, 32, 66, 74, 255})
    set.set(static_cast<std::uint8_t>(vector));
  for (const int vector : {255, 74, 66, 32, 31, 8, 7, 0}) {
    CHECK(set.highest() == vector);
    set.reset(static_cast<std::uint8_t>(vector));
  }
  CHECK(set.highest() == -1);
}

TEST_CASE("PPR for all TPR values against all vectors in service, SDM 11.8.3.1") {
  for (unsigned vector = 0x10; vector <= 0xFF; vector += 7) {
    ApicBench bench;
    bench.software_enable();
    bench.send_fixed(static_cast<std::uint8_t>(vector), 0);
    REQUIRE(bench.apic.acknowledge(0) == vector);
    for (unsigned tpr = 0; tpr <= 0xFF; ++tpr) {
      bench.write(reg::tpr, tpr);
      const std::uint32_t ppr = bench.read(reg::ppr);
      const unsigned higher = std::max(tpr >> 4, vector >> 4);
      REQUIRE(ppr >> 4 == higher);
      if (tpr >> 4 > vector >> 4) REQUIRE((ppr & 15) == (tpr & 15));
      if (tpr >> 4 < vector >> 4) REQUIRE((ppr & 15) == 0);
    }
  }
}

TEST_CASE("An interrupt is held while its class is not above PPR's, SDM 11.8.3.1") {
  for (unsigned vector = 0x10; vector <= 0xFF; ++vector) {
    ApicBench bench;
    bench.software_enable();
    bench.send_fixed(static_cast<std::uint8_t>(vector), 0);
    bench.apic.advance(0);
    for (unsigned tpr = 0; tpr < 0x100; tpr += 0x11) {
      bench.write(reg::tpr, tpr);
      REQUIRE(bench.apic.interrupt_pending() == (vector >> 4 > tpr >> 4));
    }
  }
}

TEST_CASE("CR8 is TPR[7:4] in both directions, SDM 11.8.6") {
  ApicBench bench;
  bench.write(reg::tpr, 0xFFFFFF5A);
  CHECK(bench.read(reg::tpr) == 0x5A);
  CHECK(bench.apic.cr8() == 5);
  bench.apic.set_cr8(0xB, 0);
  CHECK(bench.read(reg::tpr) == 0xB0);
}

TEST_CASE("Lowering CR8 brings a held interrupt forward and tells the CPU, SDM 11.8.6") {
  ApicBench bench;
  bench.software_enable();
  bench.apic.set_cr8(2, 0);
  bench.send_fixed(0x25, 10);
  bench.apic.advance(10);
  CHECK_FALSE(bench.apic.interrupt_pending());
  bench.listener.calls.clear();
  bench.apic.set_cr8(1, 20);
  CHECK(bench.apic.interrupt_pending());
  REQUIRE(bench.listener.calls.size() == 1);
  CHECK(bench.listener.calls[0].cycle == 20);
}

TEST_CASE("Nested interrupts: the higher class preempts, EOI ends the highest in service, 11.8.4") {
  ApicBench bench;
  bench.software_enable();
  bench.send_fixed(0x45, 0);
  CHECK(bench.apic.acknowledge(0) == 0x45);
  bench.send_fixed(0x4F, 1);
  bench.apic.advance(1);
  CHECK_FALSE(bench.apic.interrupt_pending());
  bench.send_fixed(0x50, 2);
  bench.apic.advance(2);
  REQUIRE(bench.apic.interrupt_pending());
  CHECK(bench.apic.acknowledge(2) == 0x50);
  bench.write(reg::eoi, 0, 3);
  CHECK_FALSE(bench.apic.in_service(0x50));
  CHECK(bench.apic.in_service(0x45));
  CHECK_FALSE(bench.apic.interrupt_pending());
  bench.write(reg::eoi, 0, 4);
  REQUIRE(bench.apic.interrupt_pending());
  CHECK(bench.apic.acknowledge(4) == 0x4F);
}

TEST_CASE("One interrupt per vector waits while another one is in service, SDM 11.8.4") {
  ApicBench bench;
  bench.software_enable();
  bench.send_fixed(0x60, 0);
  CHECK(bench.apic.acknowledge(0) == 0x60);
  for (Cycle cycle = 1; cycle <= 3; ++cycle) bench.send_fixed(0x60, cycle);
  bench.apic.advance(3);
  CHECK(bench.apic.counters().accepted == 2);
  CHECK(bench.apic.counters().merged == 2);
  bench.write(reg::eoi, 0, 4);
  CHECK(bench.apic.acknowledge(4) == 0x60);
  bench.write(reg::eoi, 0, 5);
  CHECK_FALSE(bench.apic.interrupt_pending());
}

TEST_CASE("With nothing to deliver the spurious vector is acknowledged, without ISR, SDM 11.9") {
  ApicBench bench;
  bench.write(reg::svr, 0x1EF);
  bench.send_fixed(0x31, 0);
  bench.apic.advance(0);
  REQUIRE(bench.apic.interrupt_pending());
  bench.write(reg::tpr, 0x40, 1);
  CHECK(bench.apic.acknowledge(1) == 0xEF);
  CHECK_FALSE(bench.apic.in_service(0xEF));
  CHECK(bench.apic.requested(0x31));
  CHECK(bench.apic.counters().spurious == 1);
}

TEST_CASE("EOI of a level-triggered vector is broadcast, of an edge-triggered one not, 11.8.5") {
  ApicBench bench;
  bench.software_enable();
  bench.send_fixed(0x41, 0, true);
  bench.send_fixed(0x52, 0, false);
  CHECK(bench.apic.acknowledge(0) == 0x52);
  bench.write(reg::eoi, 0, 1);
  CHECK(bench.sink.eois.empty());
  CHECK(bench.apic.acknowledge(1) == 0x41);
  bench.write(reg::eoi, 0, 9);
  REQUIRE(bench.sink.eois.size() == 1);
  CHECK(bench.sink.eois[0].vector == 0x41);
  CHECK(bench.sink.eois[0].at == 9);
}

TEST_CASE("SVR bit 12 suppresses the EOI broadcast, SDM 11.8.5") {
  ApicBench bench;
  bench.write(reg::svr, 0x11FF);
  bench.send_fixed(0x41, 0, true);
  CHECK(bench.apic.acknowledge(0) == 0x41);
  bench.write(reg::eoi, 0, 1);
  CHECK(bench.sink.eois.empty());
  CHECK_FALSE(bench.apic.in_service(0x41));
}

TEST_CASE("EOI with nothing in service does nothing, SDM 11.8.5") {
  ApicBench bench;
  bench.software_enable();
  bench.write(reg::eoi, 0);
  CHECK(bench.sink.eois.empty());
  CHECK(bench.apic.counters().end_of_interrupt == 0);
}

TEST_CASE(
    "TMR follows the trigger mode of the accepted interrupt: edge, level, level, edge, 11.8.4") {
  ApicBench bench;
  bench.software_enable();
  Cycle cycle = 0;
  for (const bool level : {false, true, true, false}) {
    bench.send_fixed(0x79, ++cycle, level);
    CHECK(bench.apic.acknowledge(cycle) == 0x79);
    CHECK(((bench.read(reg::tmr + 0x30, cycle) >> 25) & 1) == (level ? 1u : 0u));
    bench.write(reg::eoi, 0, cycle);
  }
}

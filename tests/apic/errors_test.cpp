#include "tests/apic/apic_fixture.h"
#include "tests/catch.h"

using namespace apicsim;
using namespace apicsim::testing;
using namespace apicsim::lapic;

TEST_CASE("ESR shows causes only after a write, and forgets them at the next one, SDM 11.5.3") {
  ApicBench bench;
  bench.software_enable();
  bench.send_fixed(0x05, 1);
  bench.apic.advance(1);
  CHECK(bench.read(reg::esr, 2) == 0);
  bench.write(reg::esr, 0, 3);
  CHECK(bench.read(reg::esr, 4) == esr::receive_illegal_vector);
  CHECK(bench.read(reg::esr, 5) == esr::receive_illegal_vector);
  bench.write(reg::esr, 0xFFFFFFFF, 6);
  CHECK(bench.read(reg::esr, 7) == 0);
}

TEST_CASE("Received vectors 0..15 set no IRR bit but ESR bit 6, SDM 11.5.2") {
  for (unsigned vector = 0; vector < 32; ++vector) {
    ApicBench bench;
    bench.software_enable();
    bench.send_fixed(static_cast<std::uint8_t>(vector), 1);
    bench.apic.advance(1);
    bench.write(reg::esr, 0, 1);
    CHECK(bench.apic.requested(static_cast<std::uint8_t>(vector)) == (vector >= 16));
    CHECK(bench.read(reg::esr, 1) == (vector >= 16 ? 0 : esr::receive_illegal_vector));
  }
}

TEST_CASE("Fixed and lowest-priority IPIs with vectors 0..15 are not sent: ESR bit 5, 11.5.3") {
  for (const std::uint32_t mode : {0x000u, 0x100u}) {
    for (std::uint32_t vector = 0; vector < 32; ++vector) {
      ApicBench bench;
      bench.write(reg::icr, mode | vector);
      bench.write(reg::esr, 0);
      CHECK(bench.sink.sent.size() == (vector >= 16 ? 1u : 0u));
      CHECK(bench.read(reg::esr) == (vector >= 16 ? 0 : esr::send_illegal_vector));
    }
  }
}

TEST_CASE("Self IPIs with vectors 0..15 are illegal when sent and when received, SDM 11.5.3") {
  ApicBench bench;
  bench.enter_x2apic();
  REQUIRE(bench.apic.write_msr(0x80F, 0x1FF, 0));
  REQUIRE(bench.apic.write_msr(0x83F, 0, 0));
  REQUIRE(bench.apic.write_msr(0x828, 0, 0));
  const std::uint64_t expected = esr::send_illegal_vector | esr::receive_illegal_vector;
  CHECK(bench.apic.read_msr(0x828, 0) == std::optional<std::uint64_t>{expected});
  CHECK_FALSE(bench.apic.interrupt_pending());
}

TEST_CASE("NMI, INIT and SIPI take any vector, SDM 11.6.1") {
  ApicBench bench;
  for (const std::uint32_t mode : {0x400u, 0x500u, 0x600u}) bench.write(reg::icr, 0x4000 | mode);
  bench.write(reg::esr, 0);
  CHECK(bench.sink.sent.size() == 3);
  CHECK(bench.read(reg::esr) == 0);
}

TEST_CASE("Accesses to reserved places of the page set ESR bit 7, SDM 11.5.3") {
  ApicBench reference;
  for (std::uint32_t offset = 0; offset < 0x1000; offset += 0x10) {
    const RegisterSpec* spec = find_register(offset);
    const bool reserved = spec == nullptr || spec->xapic == Access::none;
    if (spec != nullptr && (offset == reg::esr || offset == reg::icr)) continue;
    ApicBench reader;
    reader.read(offset);
    reader.write(reg::esr, 0);
    CAPTURE(offset);
    CHECK(reader.read(reg::esr) == (reserved ? esr::illegal_register_address : 0));
    ApicBench writer;
    writer.write(offset, 0x10000);
    writer.write(reg::esr, 0);
    CHECK(writer.read(reg::esr) == (reserved ? esr::illegal_register_address : 0));
  }
}

TEST_CASE("A lowest-priority IPI on a processor without them: ESR bit 4, nothing sent, 11.5.3") {
  LocalApicConfig config = plain_config();
  config.lowest_priority_ipi = false;
  ApicBench bench(config);
  bench.write(reg::icr, 0x103);
  bench.write(reg::esr, 0);
  CHECK(bench.sink.sent.empty());
  CHECK(bench.read(reg::esr) == esr::redirectable_ipi);
}

TEST_CASE("The error interrupt comes once, and again after a write to ESR, SDM 11.5.3") {
  ApicBench bench;
  bench.software_enable();
  bench.write(reg::lvt_error, 0xFE);
  bench.send_fixed(0x03, 1);
  bench.apic.advance(1);
  CHECK(bench.apic.acknowledge(1) == 0xFE);
  bench.write(reg::eoi, 0, 1);
  bench.send_fixed(0x04, 2);
  bench.apic.advance(2);
  CHECK_FALSE(bench.apic.interrupt_pending());
  bench.write(reg::esr, 0, 3);
  bench.send_fixed(0x05, 4);
  bench.apic.advance(4);
  CHECK(bench.apic.interrupt_pending());
  CHECK(bench.apic.counters().errors == 3);
}

TEST_CASE("An error interrupt with an illegal vector ends there, SDM 11.5.2") {
  ApicBench bench;
  bench.software_enable();
  bench.write(reg::lvt_error, 0x02);
  bench.write(reg::icr, 0x01, 1);
  bench.write(reg::esr, 0, 2);
  const std::uint32_t expected = esr::send_illegal_vector | esr::receive_illegal_vector;
  CHECK(bench.read(reg::esr, 2) == expected);
}

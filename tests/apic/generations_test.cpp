#include "tests/apic/apic_fixture.h"
#include "tests/catch.h"

using namespace apicsim;
using namespace apicsim::testing;
using namespace apicsim::lapic;

namespace {

LocalApicConfig older(ApicGeneration generation, std::uint32_t apic_id = 0) {
  LocalApicConfig config = plain_config(apic_id, false);
  config.generation = generation;
  config.version = generation == ApicGeneration::p6 ? 0x11 : 0x01;
  config.max_lvt = generation == ApicGeneration::p6 ? 4 : 2;
  config.x2apic = config.tsc_deadline = config.directed_eoi = false;
  config.physical_bits = 36;
  return config;
}

}  // namespace

TEST_CASE("Version registers: P6 with five LVT entries, 82489DX without a count, SDM 11.4.8") {
  CHECK(ApicBench(older(ApicGeneration::p6)).read(reg::version) == 0x00040011);
  CHECK(ApicBench(older(ApicGeneration::i82489dx)).read(reg::version) == 0x01);
}

TEST_CASE("P6: physical destinations have 4 bits and 15 is for all, SDM 11.6.2.1") {
  ApicBench bench(older(ApicGeneration::p6, 5));
  for (unsigned destination = 0; destination <= 0xFF; ++destination) {
    const unsigned id = destination & 0xF;
    CAPTURE(destination);
    CHECK(bench.apic.matches(to(destination, physical)) == (id == 5 || id == 0xF));
  }
}

TEST_CASE("82489DX: physical destinations have 8 bits, logical ones 32, its own model is flat") {
  ApicBench bench(older(ApicGeneration::i82489dx, 0x2A));
  for (unsigned destination = 0; destination <= 0xFF; ++destination)
    CHECK(bench.apic.matches(to(destination, physical)) ==
          (destination == 0x2A || destination == 0xFF));
  bench.write(reg::ldr, 0x40010000);
  CHECK(bench.apic.matches(to(0x00010000, logical, true)));
  CHECK_FALSE(bench.apic.matches(to(0x00020000, logical, true)));
  CHECK(bench.apic.matches(to(0x40, logical)));  // 8 bits: the upper byte
  CHECK_FALSE(bench.apic.matches(to(0x01, logical)));
  CHECK(bench.apic.matches(to(0xFFFFFFFF, logical, true)));
}

TEST_CASE("82489DX: ICR sends logical destinations of 32 bits, physical ones of 8") {
  ApicBench bench(older(ApicGeneration::i82489dx));
  bench.write(reg::icr_high, 0x12345678);
  bench.write(reg::icr, 0x4855);
  bench.write(reg::icr, 0x4055);
  REQUIRE(bench.sink.sent.size() == 2);
  CHECK(bench.sink.sent[0].message.destination == 0x12345678);
  CHECK(bench.sink.sent[0].message.wide_destination);
  CHECK(bench.sink.sent[1].message.destination == 0x12);
}

TEST_CASE("Start-up IPIs exist from the integrated APICs on, remote read until the P6, 11.6.1") {
  const ApicGeneration generations[] = {ApicGeneration::i82489dx, ApicGeneration::p6,
                                        ApicGeneration::xapic};
  const bool start_up[] = {false, true, true};
  const bool remote_read[] = {true, true, false};
  for (unsigned i = 0; i < 3; ++i) {
    LocalApicConfig config = older(generations[i]);
    ApicBench bench(config);
    bench.write(reg::icr, 0x4600);
    CHECK(bench.sink.sent.size() == (start_up[i] ? 1 : 0));
    bench.sink.sent.clear();
    bench.write(reg::icr, 0x4303);
    CHECK(bench.sink.sent.size() == (remote_read[i] ? 1 : 0));
  }
}

TEST_CASE("P6: level without assert is ignored for fixed, lowest priority and NMI, Table 11-4") {
  for (const std::uint32_t mode : {0x000u, 0x100u, 0x400u}) {
    ApicBench bench(older(ApicGeneration::p6));
    bench.write(reg::icr, 0x8055 | mode);
    CHECK(bench.sink.sent.empty());
    bench.write(reg::icr, 0xC055 | mode);
    REQUIRE(bench.sink.sent.size() == 1);
    CHECK_FALSE(bench.sink.sent[0].message.level_triggered);
  }
}

TEST_CASE("P6: the low four bits of the spurious vector are ones, SDM 11.9") {
  ApicBench bench(older(ApicGeneration::p6));
  bench.write(reg::svr, 0x140);
  CHECK(bench.read(reg::svr) == 0x14F);
  CHECK(bench.apic.acknowledge(1) == 0x4F);
}

TEST_CASE("P6: APR follows TPR, IRR and ISR by the formula of SDM 11.6.2.4") {
  ApicBench bench(older(ApicGeneration::p6));
  bench.write(reg::svr, 0x1FF);
  bench.write(reg::tpr, 0x35);
  CHECK(bench.read(reg::apr) == 0x35);
  bench.send_fixed(0x61, 1);
  CHECK(bench.read(reg::apr, 1) == 0x60);  // a request above the task
  CHECK(bench.apic.acknowledge(1) == 0x61);
  CHECK(bench.read(reg::apr, 1) == 0x20);  // task AND service: 3 AND 6
  bench.write(reg::tpr, 0x75);
  CHECK(bench.read(reg::apr, 1) == 0x75);
  CHECK(bench.apic.arbitration_priority() == 0x75);
}

TEST_CASE("P6: neither EOI broadcast suppression nor TSC deadline, SDM 11.8.5, 11.5.4.1") {
  ApicBench bench(older(ApicGeneration::p6));
  bench.write(reg::svr, 0x11FF);
  CHECK(bench.read(reg::svr) == 0x1FF);
  bench.write(reg::lvt_timer, 0x40040);
  CHECK(bench.read(reg::lvt_timer) == 0x40);
  CHECK_FALSE(bench.apic.read_msr(msr_tsc_deadline, 0));
}

TEST_CASE("82489DX: no IA32_APIC_BASE, no CPUID bit, no ESR, no error entry, SDM 11.4.2") {
  ApicBench bench(older(ApicGeneration::i82489dx));
  CHECK_FALSE(bench.apic.has_apic_base());
  CHECK_FALSE(bench.apic.announced());
  CHECK_FALSE(bench.apic.write_apic_base(0xFEE00000, 0));
  CHECK(bench.apic.page() == std::optional<std::uint64_t>{0xFEE00000});
  bench.write(reg::lvt_error, 0x40);
  CHECK(bench.read(reg::lvt_error) == 0);
  bench.read(0x3F0);
  CHECK(bench.read(reg::esr) == 0);
}

TEST_CASE("82489DX: the timer's base is the clock or the divided clock, LVT bits 19:18") {
  for (const std::uint32_t base : {0u, 1u, 2u}) {
    ApicBench bench(older(ApicGeneration::i82489dx));
    bench.write(reg::svr, 0x1FF);
    bench.write(reg::divide, 0x3);  // by 16
    bench.write(reg::lvt_timer, base << lvt::time_base_shift | 0x40);
    bench.write(reg::initial_count, 10);
    const Cycle tick = 30 * (base == lvt::time_base_divided ? 16 : 1);
    bench.apic.advance(10 * tick - 1);
    CHECK_FALSE(bench.apic.requested(0x40));
    bench.apic.advance(10 * tick);
    CHECK(bench.apic.requested(0x40));
  }
}

TEST_CASE("82489DX: LVT timer bit 17 is the mode, bit 18 no TSC deadline") {
  ApicBench bench(older(ApicGeneration::i82489dx));
  bench.write(reg::svr, 0x1FF);
  bench.write(reg::lvt_timer, 0x60040);
  bench.write(reg::initial_count, 10);
  bench.apic.advance(300);
  CHECK(bench.apic.requested(0x40));
  CHECK(bench.apic.next_event() == 600);
}

TEST_CASE("P6: IA32_APIC_BASE has no EXTD, and EN cannot bring the APIC back to its bus, 11.4.3") {
  ApicBench bench(older(ApicGeneration::p6, 3));
  CHECK_FALSE(bench.apic.write_apic_base(0xFEE00C00, 0));
  REQUIRE(bench.apic.write_apic_base(0xFEE00000, 0));
  CHECK_FALSE(bench.apic.announced());
  REQUIRE(bench.apic.write_apic_base(0xFEE00800, 0));
  CHECK(bench.apic.announced());
  CHECK_FALSE(bench.apic.matches(to(3, physical)));
  bench.write(reg::icr, 0x4055);
  CHECK(bench.sink.sent.empty());
  // Local interrupts work nevertheless.
  bench.write(reg::svr, 0x1FF);
  bench.write(reg::lvt_performance, 0x61);
  bench.apic.signal(LocalApic::LocalSource::performance, 1);
  CHECK(bench.apic.requested(0x61));
  bench.apic.reset();
  CHECK(bench.apic.matches(to(3, physical)));
}

#include "tests/apic/apic_fixture.h"
#include "tests/catch.h"

using namespace apicsim;
using namespace apicsim::testing;
using namespace apicsim::lapic;

namespace {

constexpr std::uint32_t entries[] = {reg::lvt_cmci,        reg::lvt_timer, reg::lvt_thermal,
                                     reg::lvt_performance, reg::lvt_lint0, reg::lvt_lint1,
                                     reg::lvt_error};

}  // namespace

TEST_CASE("Mask bits cannot be cleared while software-disabled, SDM 11.4.7.2") {
  ApicBench bench;
  for (const std::uint32_t offset : entries) {
    bench.write(offset, 0x40);
    CHECK(bench.read(offset) == 0x10040);
  }
  bench.software_enable();
  for (const std::uint32_t offset : entries) {
    CHECK(bench.read(offset) == 0x10040);
    bench.write(offset, 0x40);
    CHECK(bench.read(offset) == 0x40);
  }
  bench.write(reg::svr, 0xFF);
  for (const std::uint32_t offset : entries) CHECK(bench.read(offset) == 0x10040);
}

TEST_CASE("A software disable silences a running timer, SDM 11.4.7.2") {
  ApicBench bench;
  bench.software_enable();
  bench.write(reg::lvt_timer, 0x20040);
  bench.write(reg::initial_count, 100);
  CHECK(bench.apic.next_event() != never);
  bench.write(reg::svr, 0xFF, 1);
  CHECK(bench.apic.next_event() == never);
}

TEST_CASE("Local sources deliver by their entry: vector, NMI, mask, SDM 11.5.1") {
  ApicBench bench;
  bench.software_enable();
  bench.write(reg::lvt_thermal, 0xFA);
  bench.write(reg::lvt_cmci, 0x1F9 | 0x10000);
  bench.apic.signal(LocalApic::LocalSource::thermal, 5);
  CHECK(bench.apic.requested(0xFA));
  bench.apic.signal(LocalApic::LocalSource::cmci, 6);
  CHECK_FALSE(bench.apic.requested(0xF9));
  bench.write(reg::lvt_cmci, 0xF9, 7);
  bench.apic.signal(LocalApic::LocalSource::cmci, 7);
  CHECK(bench.apic.requested(0xF9));
}

TEST_CASE("A performance interrupt sets its own mask, SDM 20.6.3.5.8") {
  ApicBench bench;
  bench.software_enable();
  bench.write(reg::lvt_performance, 0x400);
  bench.apic.signal(LocalApic::LocalSource::performance, 5);
  CHECK(bench.apic.nmi_pending());
  CHECK(bench.read(reg::lvt_performance, 5) == 0x10400);
  bench.apic.clear_nmi();
  bench.apic.signal(LocalApic::LocalSource::performance, 6);
  CHECK_FALSE(bench.apic.nmi_pending());
}

TEST_CASE("LINT pins: edges of either polarity, ExtINT, NMI, SDM 11.5.1") {
  ApicBench bench;
  bench.software_enable();
  bench.write(reg::lvt_lint0, 0x700);
  bench.apic.set_lint(0, true, 1);
  CHECK(bench.apic.ext_int_pending());
  bench.write(reg::lvt_lint1, 0x400);
  bench.apic.set_lint(1, true, 2);
  CHECK(bench.apic.nmi_pending());
  bench.apic.clear_nmi();
  bench.apic.set_lint(1, true, 3);
  bench.apic.set_lint(1, false, 4);
  CHECK_FALSE(bench.apic.nmi_pending());
  bench.write(reg::lvt_lint1, 0x2400, 5);
  bench.apic.set_lint(1, true, 6);
  CHECK_FALSE(bench.apic.nmi_pending());
  bench.apic.set_lint(1, false, 7);
  CHECK(bench.apic.nmi_pending());
}

TEST_CASE("ExtINT from a pin is pending as long as the controller drives it, SDM 11.5.1") {
  ApicBench bench;
  bench.software_enable();
  bench.apic.set_lint(0, true, 1);
  CHECK_FALSE(bench.apic.ext_int_pending());
  bench.listener.calls.clear();
  bench.write(reg::lvt_lint0, 0x700, 2);
  CHECK(bench.apic.ext_int_pending());
  CHECK(bench.listener.calls.size() == 1);
  bench.apic.clear_ext_int();
  CHECK(bench.apic.ext_int_pending());
  bench.apic.set_lint(0, false, 3);
  CHECK_FALSE(bench.apic.ext_int_pending());
  bench.apic.set_lint(0, true, 4);
  CHECK(bench.apic.ext_int_pending());
  bench.write(reg::lvt_lint0, 0x10700, 5);
  CHECK_FALSE(bench.apic.ext_int_pending());
}

TEST_CASE("With the APIC disabled LINT0 is INTR and LINT1 is NMI, SDM 11.4.3") {
  ApicBench bench;
  REQUIRE(bench.apic.write_apic_base(base::default_address, 0));
  bench.apic.set_lint(0, true, 1);
  CHECK(bench.apic.ext_int_pending());
  bench.apic.set_lint(0, false, 2);
  CHECK_FALSE(bench.apic.ext_int_pending());
  bench.apic.set_lint(1, true, 3);
  CHECK(bench.apic.nmi_pending());
}

TEST_CASE("A level-triggered LINT pin interrupts again after EOI while it is active, 11.5.1") {
  ApicBench bench;
  bench.software_enable();
  bench.write(reg::lvt_lint0, 0x8055);
  bench.apic.set_lint(0, true, 1);
  CHECK(bench.read(reg::lvt_lint0, 1) == 0xC055);
  CHECK(bench.apic.acknowledge(1) == 0x55);
  bench.write(reg::eoi, 0, 2);
  CHECK(bench.apic.acknowledge(3) == 0x55);
  bench.apic.set_lint(0, false, 4);
  bench.write(reg::eoi, 0, 5);
  CHECK_FALSE(bench.apic.interrupt_pending());
  CHECK(bench.read(reg::lvt_lint0, 6) == 0x8055);
}

TEST_CASE("A local interrupt may be an SMI, SDM 11.5.1") {
  ApicBench bench;
  bench.software_enable();
  bench.write(reg::lvt_thermal, 0x200);
  bench.apic.signal(LocalApic::LocalSource::thermal, 1);
  CHECK(bench.apic.smi_pending());
}

TEST_CASE("Pins that do not exist are ignored") {
  ApicBench bench;
  bench.apic.set_lint(2, true, 1);
  CHECK_FALSE(bench.apic.ext_int_pending());
}

TEST_CASE("Thermal, performance and CMCI entries deliver neither INIT nor ExtINT, SDM 11.5.1") {
  using Source = LocalApic::LocalSource;
  const std::pair<std::uint32_t, Source> rows[] = {{reg::lvt_thermal, Source::thermal},
                                                   {reg::lvt_performance, Source::performance},
                                                   {reg::lvt_cmci, Source::cmci}};
  for (const auto& row : rows) {
    for (const std::uint32_t mode : {0x500u, 0x700u}) {
      ApicBench bench;
      bench.software_enable();
      bench.write(row.first, mode);
      bench.apic.signal(row.second, 1);
      CHECK_FALSE(bench.apic.init_pending());
      CHECK_FALSE(bench.apic.ext_int_pending());
      CHECK(bench.apic.counters().local == 0);
    }
  }
}

TEST_CASE("LINT1 is edge sensitive whatever its trigger mode says, SDM 11.5.1") {
  ApicBench bench;
  bench.software_enable();
  bench.write(reg::lvt_lint1, lvt::level_triggered | 0x55);
  bench.apic.set_lint(1, true, 1);
  CHECK(bench.apic.acknowledge(1) == 0x55);
  CHECK((bench.read(reg::lvt_lint1, 1) & lvt::remote_irr) == 0);
  bench.write(reg::eoi, 0, 2);
  CHECK_FALSE(bench.apic.interrupt_pending());  // still active, but no new edge
}

TEST_CASE("NMI, SMI and INIT from a pin come with its edge, also when level is set, SDM 11.5.1") {
  for (const std::uint32_t mode : {0x200u, 0x400u, 0x500u}) {
    ApicBench bench;
    bench.software_enable();
    bench.write(reg::lvt_lint0, lvt::level_triggered | mode);
    for (unsigned edge = 0; edge < 3; ++edge) {
      bench.apic.set_lint(0, true, 10 * edge);
      bench.apic.set_lint(0, false, 10 * edge + 5);
    }
    const LocalApicCounters& counters = bench.apic.counters();
    CHECK(counters.nmi + counters.smi + counters.init == 1);
    CHECK(counters.merged == 2);
  }
}

TEST_CASE("Entries that the version register does not count are not there, SDM 11.4.8") {
  const std::pair<std::uint32_t, unsigned> rows[] = {
      {reg::lvt_cmci, 6}, {reg::lvt_thermal, 5}, {reg::lvt_performance, 4}, {reg::lvt_error, 3}};
  for (std::uint8_t max_lvt = 2; max_lvt <= 6; ++max_lvt) {
    LocalApicConfig config = plain_config();
    config.max_lvt = max_lvt;
    for (const auto& row : rows) {
      ApicBench bench(config);
      bench.software_enable();
      bench.write(row.first, 0x44);
      CAPTURE(row.first, unsigned{max_lvt});
      CHECK((bench.read(row.first) == 0x44) == (max_lvt >= row.second));
    }
  }
}

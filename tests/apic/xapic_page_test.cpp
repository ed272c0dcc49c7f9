#include "tests/apic/apic_fixture.h"
#include "tests/catch.h"

using namespace apicsim;
using namespace apicsim::testing;
using namespace apicsim::lapic;

TEST_CASE("What is kept of 0xFFFFFFFF written to each register, SDM 11.4.1, Table 11-1") {
  const std::pair<std::uint32_t, std::uint32_t> rows[] = {{reg::id, 0xFF000000},
                                                          {reg::tpr, 0xFF},
                                                          {reg::ldr, 0xFF000000},
                                                          {reg::dfr, 0xFFFFFFFF},
                                                          {reg::svr, 0x13FF},
                                                          {reg::lvt_cmci, 0x107FF},
                                                          {reg::icr_high, 0xFF000000},
                                                          {reg::lvt_timer, 0x700FF},
                                                          {reg::lvt_thermal, 0x107FF},
                                                          {reg::lvt_performance, 0x107FF},
                                                          {reg::lvt_lint0, 0x1A7FF},
                                                          {reg::lvt_lint1, 0x1A7FF},
                                                          {reg::lvt_error, 0x100FF},
                                                          {reg::divide, 0xB},
                                                          {reg::version, 0x01060015},
                                                          {reg::current_count, 0},
                                                          {reg::ppr, 0},
                                                          {reg::apr, 0},
                                                          {reg::rrd, 0}};
  for (const auto& row : rows) {
    ApicBench bench;
    bench.write(row.first, 0xFFFFFFFF);
    CAPTURE(row.first);
    CHECK(bench.read(row.first) == row.second);
  }
}

TEST_CASE("DFR keeps the model only, the other bits read as ones, SDM 11.6.2.2") {
  ApicBench bench;
  bench.write(reg::dfr, 0);
  CHECK(bench.read(reg::dfr) == 0x0FFFFFFF);
}

TEST_CASE("SVR bit 12 is kept only with directed EOI, SDM 11.8.5") {
  LocalApicConfig config = plain_config();
  config.directed_eoi = false;
  ApicBench bench(config);
  bench.write(reg::svr, 0xFFFFFFFF);
  CHECK(bench.read(reg::svr) == 0x3FF);
}

TEST_CASE("ISR, TMR and IRR cannot be written, SDM 11.8.4") {
  ApicBench bench;
  bench.software_enable();
  for (std::uint32_t offset = reg::isr; offset < reg::esr; offset += 0x10) {
    bench.write(offset, 0xFFFFFFFF);
    CHECK(bench.read(offset) == 0);
  }
}

TEST_CASE("Only 32-bit accesses on 16-byte borders reach a register, SDM 11.4.1") {
  ApicBench bench;
  for (const unsigned size : {1u, 2u, 8u, 3u, 5u}) {
    CHECK(bench.apic.read_page(reg::version, size, 0) == 0);
    bench.apic.write_page(reg::tpr, size, 0x40, 0);
  }
  for (const std::uint32_t skew : {1u, 4u, 8u, 12u}) {
    CHECK(bench.apic.read_page(reg::version + skew, 4, 0) == 0);
    bench.apic.write_page(reg::tpr + skew, 4, 0x40, 0);
  }
  CHECK(bench.read(reg::tpr) == 0);
}

TEST_CASE("The version register: integrated APIC, number of LVT entries, SDM 11.4.8") {
  LocalApicConfig config = plain_config();
  config.version = 0x14;
  config.max_lvt = 5;
  config.directed_eoi = false;
  ApicBench bench(config);
  CHECK(bench.read(reg::version) == 0x00050014);
  bench.write(reg::lvt_cmci, 0x10020);
  CHECK(bench.read(reg::lvt_cmci) == 0);
}

TEST_CASE("EOI takes any value and reads zero in xAPIC mode, SDM 11.8.5") {
  ApicBench bench;
  bench.software_enable();
  bench.send_fixed(0x30, 1);
  CHECK(bench.apic.acknowledge(1) == 0x30);
  bench.write(reg::eoi, 77, 2);
  CHECK_FALSE(bench.apic.in_service(0x30));
  CHECK(bench.read(reg::eoi, 3) == 0);
}

#include "tests/apic/apic_fixture.h"
#include "tests/catch.h"

using namespace apicsim;
using namespace apicsim::testing;
using namespace apicsim::lapic;

namespace {

constexpr std::uint64_t page = base::default_address;
constexpr std::uint64_t disabled = page;
constexpr std::uint64_t xapic = page | base::enable;
constexpr std::uint64_t x2apic = page | base::enable | base::extended;
constexpr std::uint64_t invalid = page | base::extended;

void enter(LocalApic& apic, std::uint64_t state) {
  if (state == disabled) REQUIRE(apic.write_apic_base(disabled, 0));
  if (state == x2apic) REQUIRE(apic.write_apic_base(x2apic, 0));
  REQUIRE(apic.apic_base() == state);
}

}  // namespace

TEST_CASE("IA32_APIC_BASE mode transitions, all 3 states by all 4 values, SDM 11.12.5") {
  struct Row {
    std::uint64_t from, to;
    bool legal;
  };
  const Row rows[] = {
      {disabled, disabled, true}, {disabled, xapic, true}, {disabled, x2apic, false},
      {disabled, invalid, false}, {xapic, disabled, true}, {xapic, xapic, true},
      {xapic, x2apic, true},      {xapic, invalid, false}, {x2apic, disabled, true},
      {x2apic, xapic, false},     {x2apic, x2apic, true},  {x2apic, invalid, false},
  };
  for (const Row& row : rows) {
    ApicBench bench(plain_config(0, false));
    enter(bench.apic, row.from);
    CAPTURE(row.from, row.to);
    CHECK(bench.apic.write_apic_base(row.to, 0) == row.legal);
    CHECK(bench.apic.apic_base() == (row.legal ? row.to : row.from));
  }
}

TEST_CASE("A reserved bit makes every transition #GP, from each state to each, SDM 11.4.4") {
  for (const std::uint64_t from : {disabled, xapic, x2apic}) {
    for (const std::uint64_t to : {disabled, xapic, x2apic, invalid}) {
      for (unsigned bit = 0; bit < 64; ++bit) {
        if (bit == 8 || bit == 10 || bit == 11 || (bit >= 12 && bit < 46)) continue;
        ApicBench bench(plain_config(0, false));
        enter(bench.apic, from);
        CAPTURE(from, to, bit);
        CHECK_FALSE(bench.apic.write_apic_base(to | std::uint64_t{1} << bit, 0));
        CHECK(bench.apic.apic_base() == from);
      }
    }
  }
}

TEST_CASE("Without x2APIC the states are disabled and xAPIC, all by all 4 values, SDM 11.12.1") {
  LocalApicConfig config = plain_config(0, false);
  config.x2apic = false;
  for (const std::uint64_t from : {disabled, xapic}) {
    for (const std::uint64_t to : {disabled, xapic, x2apic, invalid}) {
      ApicBench bench(config);
      enter(bench.apic, from);
      const bool legal = to == disabled || to == xapic;
      CAPTURE(from, to);
      CHECK(bench.apic.write_apic_base(to, 0) == legal);
      CHECK(bench.apic.apic_base() == (legal ? to : from));
    }
  }
}

TEST_CASE("The page moves in every state, and the BSP flag can be written, SDM 11.4.4") {
  for (const std::uint64_t state : {disabled, xapic, x2apic}) {
    ApicBench bench(plain_config(0, false));
    enter(bench.apic, state);
    const std::uint64_t moved = (state & 0xFFF) | 0x3FFFFFFFF000 | base::bootstrap;
    CHECK(bench.apic.write_apic_base(moved, 0));
    CHECK(bench.apic.apic_base() == moved);
    CHECK(bench.apic.page().has_value() == (state == xapic));
  }
}

TEST_CASE("Bits that the MSRs do not have are lost on the way to x2APIC mode, SDM 11.12.5.2") {
  ApicBench bench;
  bench.write(reg::svr, 0x3FF);
  bench.write(reg::icr, 0x00034431);
  bench.enter_x2apic();
  CHECK(bench.apic.read_msr(0x80F, 0) == std::optional<std::uint64_t>{0x1FF});
  CHECK(bench.apic.read_msr(0x830, 0) == std::optional<std::uint64_t>{0x4431});
}

TEST_CASE("EXTD is reserved on a processor without x2APIC, SDM 11.12.1") {
  LocalApicConfig config = plain_config(0, false);
  config.x2apic = false;
  ApicBench bench(config);
  CHECK_FALSE(bench.apic.write_apic_base(x2apic, 0));
  CHECK(bench.apic.apic_base() == xapic);
}

TEST_CASE("Every reserved bit of IA32_APIC_BASE raises #GP, SDM 11.4.4") {
  for (unsigned bit = 0; bit < 64; ++bit) {
    ApicBench bench(plain_config(0, false));
    const bool reserved = bit < 8 || bit == 9 || bit >= 46;
    CAPTURE(bit);
    CHECK(bench.apic.write_apic_base(xapic | std::uint64_t{1} << bit, 0) == !reserved);
  }
}

TEST_CASE("IA32_APIC_BASE after power-up: xAPIC at FEE00000, BSP flag on the bootstrap CPU only") {
  CHECK(ApicBench(plain_config(0, true)).apic.apic_base() == 0xFEE00900);
  CHECK(ApicBench(plain_config(2, false)).apic.apic_base() == 0xFEE00800);
}

TEST_CASE("INIT keeps IA32_APIC_BASE in every mode, SDM 11.4.7.3") {
  for (const std::uint64_t state : {disabled, xapic, x2apic}) {
    ApicBench bench(plain_config(0, false));
    enter(bench.apic, state);
    bench.apic.init();
    CHECK(bench.apic.apic_base() == state);
  }
}

TEST_CASE("The page can be moved and is decoded in xAPIC mode only, SDM 11.4.5") {
  ApicBench bench;
  CHECK(bench.apic.page() == std::optional<std::uint64_t>{0xFEE00000});
  REQUIRE(bench.apic.write_apic_base(0xFED40000 | base::bootstrap | base::enable, 0));
  CHECK(bench.apic.page() == std::optional<std::uint64_t>{0xFED40000});
  bench.enter_x2apic();
  CHECK_FALSE(bench.apic.page());
  REQUIRE(bench.apic.write_apic_base(page, 0));
  CHECK_FALSE(bench.apic.page());
}

TEST_CASE("A disabled APIC: CPUID bit 9 is clear, CR8 works on its own, SDM 11.4.3") {
  ApicBench bench;
  REQUIRE(bench.apic.write_apic_base(page, 0));
  CHECK_FALSE(bench.apic.enabled());
  bench.apic.set_cr8(0xA, 0);
  CHECK(bench.apic.cr8() == 0xA);
  REQUIRE(bench.apic.write_apic_base(xapic, 0));
  CHECK(bench.apic.enabled());
  CHECK(bench.read(reg::tpr) == 0xA0);
  bench.apic.set_cr8(0x5, 0);
  CHECK(bench.read(reg::tpr) == 0x50);
}

TEST_CASE("Disabling the APIC loses its state, SDM 11.4.3") {
  ApicBench bench(plain_config(7, false));
  bench.software_enable();
  bench.write(reg::lvt_timer, 0x40);
  bench.write(reg::ldr, 0x01000000);
  bench.send_fixed(0x50, 5);
  bench.apic.advance(5);
  REQUIRE(bench.apic.interrupt_pending());
  REQUIRE(bench.apic.write_apic_base(disabled, 6));
  CHECK_FALSE(bench.apic.interrupt_pending());
  REQUIRE(bench.apic.write_apic_base(xapic, 7));
  CHECK(bench.read(reg::svr, 8) == 0xFF);
  CHECK(bench.read(reg::lvt_timer, 8) == 0x10000);
  CHECK(bench.read(reg::ldr, 8) == 0);
  CHECK(bench.read(reg::id, 8) == 7u << 24);
  CHECK_FALSE(bench.apic.requested(0x50));
}

TEST_CASE(
    "From xAPIC to x2APIC: a written ID, LDR and ICR high are lost, the rest stays, 11.12.5.2") {
  ApicBench bench(plain_config(0x23, false));
  bench.software_enable();
  bench.write(reg::id, 0x55000000);
  bench.write(reg::ldr, 0x01000000);
  bench.write(reg::icr_high, 0x77000000);
  bench.write(reg::lvt_timer, 0x20040);
  bench.write(reg::tpr, 0x30);
  bench.send_fixed(0x61, 3);
  bench.apic.advance(3);
  bench.enter_x2apic(4);
  CHECK(bench.apic.read_msr(msr_of(reg::id), 4) == std::optional<std::uint64_t>{0x23});
  CHECK(bench.apic.read_msr(msr_of(reg::ldr), 4) == std::optional<std::uint64_t>{0x20008});
  CHECK(bench.apic.read_msr(msr_of(reg::icr), 4) == std::optional<std::uint64_t>{0});
  CHECK(bench.apic.read_msr(msr_of(reg::lvt_timer), 4) == std::optional<std::uint64_t>{0x20040});
  CHECK(bench.apic.read_msr(msr_of(reg::tpr), 4) == std::optional<std::uint64_t>{0x30});
  CHECK(bench.apic.read_msr(msr_of(reg::irr) + 3, 4) == std::optional<std::uint64_t>{2});
}

TEST_CASE("INIT in x2APIC mode keeps mode and 32-bit ID, resets the rest, SDM 11.12.5.1") {
  ApicBench bench(plain_config(0x123, false));
  bench.enter_x2apic();
  REQUIRE(bench.apic.write_msr(msr_of(reg::svr), 0x1AA, 0));
  bench.apic.init();
  CHECK(bench.apic.x2apic_mode());
  CHECK(bench.apic.read_msr(msr_of(reg::id), 0) == std::optional<std::uint64_t>{0x123});
  CHECK(bench.apic.read_msr(msr_of(reg::svr), 0) == std::optional<std::uint64_t>{0xFF});
}

TEST_CASE("INIT in xAPIC mode keeps a written ID, power-up does not, SDM 11.4.7.3") {
  ApicBench bench(plain_config(3, false));
  bench.write(reg::id, 0x44000000);
  bench.apic.init();
  CHECK(bench.read(reg::id) == 0x44000000);
  bench.apic.reset();
  CHECK(bench.read(reg::id) == 0x03000000);
}

TEST_CASE("Power-up values of all registers, SDM 11.4.7.1") {
  ApicBench bench(plain_config(9, false));
  for (const RegisterSpec& spec : registers()) {
    if (spec.xapic == Access::none || spec.xapic == Access::write_only) continue;
    std::uint32_t expected = spec.reset;
    if (spec.offset == reg::id) expected = 0x09000000;
    if (spec.offset == reg::version) expected = 0x01060015;
    CAPTURE(spec.name);
    CHECK(bench.read(spec.offset) == expected);
  }
}

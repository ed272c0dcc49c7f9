#include <string>

#include "tests/apic/apic_fixture.h"
#include "tests/catch.h"

using namespace apicsim;
using namespace apicsim::testing;
using namespace apicsim::lapic;

namespace {

/// The expectation, kept apart from the model's table: SDM Vol. 3 Table 11-6 row by row.
struct Expected {
  char access;             ///< 'r' read only, 'w' write only, 'b' both, '-' absent
  std::uint64_t settable;  ///< bits that a WRMSR may set
};

Expected expected(std::uint32_t index) {
  constexpr std::uint64_t mode_lvt = 0x117FF;
  constexpr std::uint64_t pin_lvt = 0x1F7FF;
  if (index >= 0x810 && index <= 0x827) return {'r', 0};
  switch (index) {
    case 0x802:
    case 0x803:
    case 0x80A:
    case 0x80D:
    case 0x839:
      return {'r', 0};
    case 0x808:
      return {'b', 0xFF};
    case 0x80B:
      return {'w', 0};
    case 0x80F:
      return {'b', 0x11FF};
    case 0x828:
      return {'b', 0};
    case 0x82F:
    case 0x833:
    case 0x834:
      return {'b', mode_lvt};
    case 0x830:
      return {'b', 0xFFFFFFFF'000CDFFF};
    case 0x832:
      return {'b', 0x710FF};
    case 0x835:
    case 0x836:
      return {'b', pin_lvt};
    case 0x837:
      return {'b', 0x110FF};
    case 0x838:
      return {'b', 0xFFFFFFFF};
    case 0x83E:
      return {'b', 0xB};
    case 0x83F:
      return {'w', 0xFF};
    default:
      return {'-', 0};
  }
}

/// Bits 7:0 of ICR 0 would be an illegal vector, SMI ends the run: neither is a question of access.
bool has_side_effects(std::uint32_t index) { return index == 0x830 || index == 0x83F; }

}  // namespace

TEST_CASE("RDMSR of 0x800..0x8FF in x2APIC mode, SDM Table 11-6") {
  for (std::uint32_t index = 0x800; index <= 0x8FF; ++index) {
    ApicBench bench;
    bench.enter_x2apic();
    const char access = expected(index).access;
    CAPTURE(index);
    const auto value = bench.apic.read_msr(index, 0);
    CHECK(value.has_value() == (access == 'r' || access == 'b'));
    if (value) CHECK(*value >> 32 == 0);
  }
}

TEST_CASE("WRMSR of every single bit to 0x800..0x8FF in x2APIC mode, SDM 11.12.1.3") {
  for (std::uint32_t index = 0x800; index <= 0x8FF; ++index) {
    const Expected row = expected(index);
    const bool writable = row.access == 'b' || row.access == 'w';
    ApicBench bench;
    bench.enter_x2apic();
    CAPTURE(index);
    CHECK(bench.apic.write_msr(index, 0, 0) == writable);
    for (unsigned bit = 0; bit < 64; ++bit) {
      const std::uint64_t value = std::uint64_t{1} << bit;
      CAPTURE(bit);
      CHECK(bench.apic.write_msr(index, value, 0) == (writable && (row.settable & value) != 0));
    }
  }
}

TEST_CASE("A WRMSR that raises #GP changes nothing, SDM 11.12.1.3") {
  for (std::uint32_t index = 0x800; index <= 0x83F; ++index) {
    const Expected row = expected(index);
    if (row.access != 'b' || has_side_effects(index)) continue;
    ApicBench bench;
    bench.enter_x2apic();
    const auto before = bench.apic.read_msr(index, 0);
    CAPTURE(index);
    if (~row.settable != 0) CHECK_FALSE(bench.apic.write_msr(index, ~std::uint64_t{0}, 0));
    CHECK(bench.apic.read_msr(index, 0) == before);
  }
}

TEST_CASE("Settable bits read back, but for the read-only ones, SDM 11.5.1") {
  ApicBench bench;
  bench.enter_x2apic();
  REQUIRE(bench.apic.write_msr(0x80F, 0x11FF, 0));
  for (std::uint32_t index :
       {0x808, 0x80F, 0x82F, 0x832, 0x833, 0x834, 0x835, 0x836, 0x837, 0x83E}) {
    const std::uint64_t settable = expected(index).settable;
    const bool lvt_entry = index == 0x82F || (index >= 0x832 && index <= 0x837);
    // Fixed delivery with the mask on: nothing is delivered by the write itself.
    REQUIRE(bench.apic.write_msr(index, settable, 0));
    CAPTURE(index);
    const std::uint64_t read_only = lvt_entry ? 0x5000 : 0;
    CHECK(bench.apic.read_msr(index, 0) == std::optional<std::uint64_t>{settable & ~read_only});
  }
}

TEST_CASE("The CMCI entry exists with seven LVT entries only, SDM 11.5.1") {
  LocalApicConfig config = plain_config();
  config.max_lvt = 5;
  ApicBench bench(config);
  bench.enter_x2apic();
  CHECK_FALSE(bench.apic.read_msr(0x82F, 0));
  CHECK_FALSE(bench.apic.write_msr(0x82F, 0x10000, 0));
  CHECK(bench.apic.read_msr(0x803, 0) == std::optional<std::uint64_t>{0x01050015});
}

TEST_CASE("Feature bits are reserved on processors without the feature, SDM 11.8.5, 11.5.4.1") {
  LocalApicConfig config = plain_config();
  config.directed_eoi = false;
  config.tsc_deadline = false;
  ApicBench bench(config);
  bench.enter_x2apic();
  CHECK(bench.apic.read_msr(0x803, 0) == std::optional<std::uint64_t>{0x00060015});
  CHECK_FALSE(bench.apic.write_msr(0x80F, 0x1100, 0));
  CHECK(bench.apic.write_msr(0x80F, 0x0100, 0));
  CHECK_FALSE(bench.apic.write_msr(0x832, 0x40020, 0));
  CHECK(bench.apic.write_msr(0x832, 0x20020, 0));
  CHECK_FALSE(bench.apic.read_msr(0x6E0, 0));
  CHECK_FALSE(bench.apic.write_msr(0x6E0, 0, 0));
}

TEST_CASE("MSRs 0x800..0x8FF raise #GP unless in x2APIC mode, SDM 11.12.1.2") {
  ApicBench bench;
  for (const bool disabled : {false, true}) {
    if (disabled) REQUIRE(bench.apic.write_apic_base(0xFEE00000, 0));
    for (std::uint32_t index = 0x800; index <= 0x8FF; ++index) {
      CHECK_FALSE(bench.apic.read_msr(index, 0));
      CHECK_FALSE(bench.apic.write_msr(index, 0, 0));
    }
  }
}

TEST_CASE("MSRs that are not the APIC's are refused") {
  ApicBench bench;
  bench.enter_x2apic();
  for (std::uint32_t index : {0x1Bu, 0x10u, 0x6DFu, 0x6E1u, 0x7FFu, 0x900u, 0xC0000802u}) {
    CHECK_FALSE(bench.apic.read_msr(index, 0));
    CHECK_FALSE(bench.apic.write_msr(index, 0, 0));
  }
}

TEST_CASE("LDR in x2APIC mode is derived from the ID, SDM 11.12.10.2") {
  const std::pair<std::uint32_t, std::uint64_t> rows[] = {
      {0, 0x00000001},  {15, 0x00008000},  {16, 0x00010001},  {17, 0x00010002},
      {51, 0x00030008}, {255, 0x000F8000}, {256, 0x00100001}, {0xFFFFE, 0xFFFF4000}};
  for (const auto& row : rows) {
    ApicBench bench(plain_config(row.first));
    bench.enter_x2apic();
    CHECK(bench.apic.read_msr(0x80D, 0) == std::optional<std::uint64_t>{row.second});
  }
}

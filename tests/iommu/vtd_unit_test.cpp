#include "models/iommu/vtd_unit.h"

#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include "models/fabric/unmodelled.h"
#include "tests/catch.h"
#include "tests/iommu/vtd_bench.h"

using namespace apicsim;

using namespace apicsim::testing;
using Bench = VtdBench;

TEST_CASE(
    "The capability words of a ProLiant Gen8 mean what the specification says (§10.4.2, .3)") {
  const auto cap = vtd::Capability::decode(gen8_cap);
  CHECK(cap.domains == 2);  // 256
  CHECK_FALSE(cap.write_buffer_flush);
  CHECK(cap.protected_low);
  CHECK(cap.protected_high);
  CHECK_FALSE(cap.caching_mode);
  CHECK(cap.page_walks == 0x4);  // 4-level
  CHECK(cap.guest_width == 47);  // 48 bits
  CHECK(cap.zero_length_read);
  CHECK(cap.fault_offset == 0x10);  // 0x100
  CHECK(cap.large_pages == 0x3);
  CHECK(cap.page_selective);
  CHECK(cap.fault_records == 7);
  CHECK(cap.address_mask == 18);
  CHECK(cap.drain_writes);
  CHECK(cap.drain_reads);
  CHECK(cap.reserved == 0);
  const auto ecap = vtd::ExtendedCapability::decode(gen8_ecap);
  CHECK_FALSE(ecap.coherent);
  CHECK(ecap.queued_invalidation);
  CHECK(ecap.device_tlb);
  CHECK(ecap.interrupt_remapping);
  CHECK(ecap.extended_interrupt);
  CHECK(ecap.pass_through);
  CHECK(ecap.snoop_control);
  CHECK(ecap.iotlb_offset == 0x20);  // 0x200
  CHECK(ecap.handle_mask == 15);
  CHECK(ecap.reserved == 0x20);  // bit 5, of an earlier revision (caching hints)
}

TEST_CASE("Any capability word survives being taken apart and put together") {
  std::mt19937_64 random(11);
  for (int i = 0; i < 10'000; ++i) {
    const std::uint64_t word = random();
    REQUIRE(vtd::Capability::decode(word).encode() == word);
    REQUIRE(vtd::ExtendedCapability::decode(word).encode() == word);
  }
}

TEST_CASE("The capability words of every unit in a real log survive, too") {
  std::ifstream log(APICSIM_SOURCE_DIR "/../shared/data/dmesg/dl380e-gen8_3.17.4.txt");
  if (!log) SKIP("no recorded logs beside the repository");
  unsigned seen = 0;
  for (std::string line; std::getline(log, line);) {
    const auto at = line.find(" cap ");
    if (at == std::string::npos || line.find(" ecap ") == std::string::npos) continue;
    std::istringstream words(line.substr(at));
    std::string key;
    std::uint64_t cap = 0, ecap = 0;
    words >> key >> std::hex >> cap >> key >> ecap;
    CHECK(vtd::Capability::decode(cap).encode() == cap);
    CHECK(vtd::ExtendedCapability::decode(ecap).encode() == ecap);
    CHECK(vtd::Capability::decode(cap).reserved == 0);
    ++seen;
  }
  CHECK(seen > 0);
}

namespace {

bool present(const vtd::RegisterSpec& spec) {
  return vtd::has(gen8().capability, gen8().extended, spec.needs);
}

std::uint64_t read(VtdBench& bench, const vtd::RegisterSpec& spec) {
  return spec.width == 64 ? bench.in64(spec.offset) : bench.in(spec.offset);
}

void write(VtdBench& bench, const vtd::RegisterSpec& spec, std::uint64_t value) {
  if (spec.width == 64)
    bench.out64(spec.offset, value);
  else
    bench.out(spec.offset, static_cast<std::uint32_t>(value));
}

}  // namespace

TEST_CASE("After reset every register has the value of its section") {
  Bench bench;
  CHECK(bench.in(0x00) == 0x10);
  CHECK(bench.in64(0x08) == gen8_cap);
  CHECK(bench.in(0x08) == 0x106F0462);
  CHECK(bench.in(0x0C) == 0x00D2078C);
  CHECK(bench.in64(0x10) == gen8_ecap);
  for (const vtd::RegisterSpec& spec : vtd::registers()) {
    if (spec.offset <= vtd::ecap) continue;
    CAPTURE(spec.name);
    CHECK(read(bench, spec) == (spec.offset == 0x38 || spec.offset == 0xA0 ? 0x80000000 : 0));
  }
  for (std::uint64_t offset = 0x100; offset < 0x180; offset += 8) CHECK(bench.in64(offset) == 0);
  CHECK(bench.unit.size() == 0x1000);
}

TEST_CASE("Each register keeps its writable bits and nothing else") {
  // By hand from §10.4, for the capabilities of a Gen8.
  const std::map<std::uint32_t, std::uint64_t> kept{
      {0x20, 0xFFFFFFFFFFFFF000}, {0x38, 0x80000000},
      {0x3C, 0xFFFFFFFF},         {0x40, 0xFFFFFFFC},
      {0x44, 0xFFFFFFFF},         {0x68, 0xFFF00000},
      {0x6C, 0xFFF00000},         {0x70, 0xFFFFFFFFFFF00000},
      {0x78, 0xFFFFFFFFFFF00000}, {0x88, 0x7FFF0},
      {0x90, 0xFFFFFFFFFFFFF007}, {0xA0, 0x80000000},
      {0xA4, 0xFFFFFFFF},         {0xA8, 0xFFFFFFFC},
      {0xAC, 0xFFFFFFFF},         {0xB8, 0xFFFFFFFFFFFFF80F},
      {0x64, 0x80000001}};
  Bench bench;
  for (const vtd::RegisterSpec& spec : vtd::registers()) {
    if (spec.offset == vtd::gcmd || spec.offset == vtd::ccmd || spec.offset == vtd::iqt) continue;
    CAPTURE(spec.name);
    const std::uint64_t before = read(bench, spec);
    write(bench, spec, ~0ull);
    const auto expected = kept.find(spec.offset);
    CHECK(read(bench, spec) == (expected != kept.end()     ? expected->second
                                : spec.offset <= vtd::ecap ? before
                                                           : 0));
    write(bench, spec, 0);
    if (present(spec) && spec.offset > vtd::ecap) CHECK(read(bench, spec) == 0);
  }
}

TEST_CASE("Registers and bits that the capabilities do not name are reserved") {
  VtdUnit::Config config;
  config.capability.fault_offset = 0x10;
  config.extended.iotlb_offset = 0x20;
  Bench bench(config);
  for (const vtd::RegisterSpec& spec : vtd::registers()) {
    if (spec.needs == vtd::Feature::always) continue;
    CAPTURE(spec.name);
    write(bench, spec, ~0ull);
    CHECK(read(bench, spec) == 0);
  }
  bench.out(0x18, 0x3F800000);
  CHECK(bench.in(0x1C) == 0);
  CHECK(bench.in(0x34) == 0);
}

TEST_CASE("The declarations are sound, and the document is made of them") {
  const auto table = vtd::register_table();
  CHECK(spec::defects(table).empty());
  std::ifstream file(APICSIM_SOURCE_DIR "/docs/registers/vtd.md");
  std::stringstream text;
  text << file.rdbuf();
  CHECK(text.str() == spec::to_markdown(table));
}

TEST_CASE("A 64-bit register can be written in halves, in either order") {
  Bench bench;
  bench.out(0x24, 0x12);
  bench.out(0x20, 0x34567000);
  CHECK(bench.in64(0x20) == 0x1234567000);
}

TEST_CASE("Narrow and unaligned writes are dropped, holes read zero") {
  Bench bench;
  bench.out(0x40, 0xFEE00000);
  bench.bus.write<std::uint8_t>(0x40, 0xFF);
  bench.bus.write<std::uint16_t>(0x42, 0xFFFF);
  bench.bus.write<std::uint32_t>(0x41, 0xFFFFFFFF);
  bench.bus.write<std::uint64_t>(0x3C, ~0ull);
  CHECK(bench.in(0x40) == 0xFEE00000);
  CHECK(bench.bus.read<std::uint8_t>(0x43) == 0xFE);
  CHECK(bench.in(0x30) == 0);
  CHECK(bench.in(0xFFC) == 0);
  bench.out(0x30, 1);
}

TEST_CASE("Advanced fault logging stops the run, naming function and register") {
  VtdUnit::Config config = gen8();
  config.capability.advanced_fault_log = true;
  Bench bench(config);
  CHECK_THROWS_WITH(bench.out(0x18, 0x10000000),
                    "unit: advanced fault logging (EAFL, SFL) by GCMD_REG is not modelled");
  CHECK_THROWS_AS(bench.out(0x18, 0x20000000), Unmodelled);
}

TEST_CASE("Under the report policy the status stays clear and the request is counted") {
  VtdUnit::Config config = gen8();
  config.capability.advanced_fault_log = true;
  config.report_unmodelled = true;
  Bench bench(config);
  bench.out(0x18, 0x10000000);
  CHECK(bench.in(0x1C) == 0);
  CHECK(bench.unit.unmodelled_requests() == 1);
}

TEST_CASE("Root table and interrupt table pointers report as set (§10.4.5), a flush as done") {
  Bench bench;
  bench.out(0x18, 0x40000000);
  CHECK(bench.in(0x1C) == 0x40000000);
  bench.out(0x18, 0x01000000);
  CHECK(bench.in(0x1C) == 0x41000000);
  bench.out(0x18, 0x08000000);
  CHECK(bench.in(0x1C) == 0x41000000);
  CHECK(bench.in(0x18) == 0);
}

TEST_CASE("Invalidations by register complete and report the granularity (§10.4.7, §10.4.8.1)") {
  Bench bench;
  for (const std::uint64_t granularity : {1, 2, 3}) {
    bench.bus.write<std::uint64_t>(0x28, 1ull << 63 | granularity << 61);
    CHECK(bench.bus.read<std::uint64_t>(0x28) == (granularity << 61 | granularity << 59));
    bench.bus.write<std::uint64_t>(0x208, 1ull << 63 | granularity << 60);
    CHECK(bench.bus.read<std::uint64_t>(0x208) == (granularity << 60 | granularity << 57));
  }
  bench.bus.write<std::uint64_t>(0x28, 0x55);
  CHECK(bench.bus.read<std::uint64_t>(0x28) >> 63 == 0);
}

TEST_CASE("Capabilities that place registers on top of others are refused") {
  VtdUnit::Config config = gen8();
  const Timebase timebase(1'000'000'000);
  SentInterrupts interrupts;
  SECTION("fault records on the fixed registers") { config.capability.fault_offset = 2; }
  SECTION("IOTLB registers in the fault records") { config.extended.iotlb_offset = 0x12; }
  CHECK_THROWS_AS(VtdUnit("bad", timebase, config, interrupts), std::invalid_argument);
}

TEST_CASE("Registers that a capability names and the model lacks stop the run with their name") {
  VtdUnit::Config config = gen8();
  config.extended.virtual_commands = true;
  Bench bench(config);
  CHECK_THROWS_WITH(bench.in64(0xE30),
                    "unit: virtual commands (VCS) by offset 0xe30 is not modelled");
  CHECK_THROWS_AS(bench.out64(0xE00, 1), Unmodelled);
  CHECK(bench.in(0x300) == 0);
  CHECK(bench.in(0x100) == 0);  // a fault record
}

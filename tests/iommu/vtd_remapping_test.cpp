#include "models/fabric/initiator.h"
#include "tests/catch.h"
#include "tests/iommu/vtd_bench.h"

using namespace apicsim;
using namespace apicsim::testing;

namespace {

constexpr std::uint64_t vector41 = 0x410001;  ///< present, fixed, physical

}  // namespace

TEST_CASE("With remapping off, requests are none of the unit's business") {
  VtdBench bench;
  CHECK_FALSE(bench.request(0xFEE00010, 0));
  CHECK_FALSE(bench.request(0xFEE01000, 0x41));
  CHECK(bench.interrupts.sent.empty());
  CHECK(bench.in(0x34) == 0);
}

TEST_CASE("A remapped request reaches the destination of its entry, here of 32 bits") {
  VtdBench bench;
  bench.set_entry(4, vector41 | std::uint64_t{0x00012300} << 32, 0);
  bench.enable_remapping(true);
  CHECK(bench.in(0x1C) == 0x03000000);
  CHECK(bench.request(VtdBench::by_handle(4), 0, VtdBench::source, 77));
  REQUIRE(bench.interrupts.sent.size() == 1);
  CHECK(bench.interrupts.sent[0].message.vector == 0x41);
  CHECK(bench.interrupts.sent[0].message.destination == 0x12300);
  CHECK(bench.interrupts.sent[0].at == 77);
}

TEST_CASE("IRTA_REG counts from SIRTP on, not from its write (§10.4.4)") {
  VtdBench bench;
  bench.set_entry(0, vector41, 0);
  bench.enable_remapping(true);
  bench.out64(0xB8, 0x300000 | 7);
  CHECK(bench.request(VtdBench::by_handle(0), 0));
  CHECK(bench.interrupts.sent.size() == 1);
  bench.out(0x18, 0x03000000);
  // The table there is empty; the entry of the old one is still cached until it is invalidated.
  CHECK(bench.request(VtdBench::by_handle(0), 0));
  CHECK(bench.interrupts.sent.size() == 2);
  bench.enable_queue();
  bench.submit(4, 0);
  CHECK(bench.request(VtdBench::by_handle(0), 0));
  CHECK(bench.interrupts.sent.size() == 2);
  CHECK(bench.fault_reason() == 0x22);
}

TEST_CASE("A changed entry counts after its invalidation, index-selective or global (§6.5.2.7)") {
  VtdBench bench;
  for (std::uint16_t i = 0; i < 8; ++i) bench.set_entry(i, vector41, 0);
  bench.enable_remapping(true);
  bench.enable_queue();
  for (unsigned i = 0; i < 8; ++i) bench.request(VtdBench::by_handle(i), 0);
  CHECK(bench.unit.statistics().entry_reads == 8);
  for (std::uint16_t i = 0; i < 8; ++i) bench.set_entry(i, vector41 | 0x100000, 0);
  const auto vector_of = [&bench](unsigned index) {
    bench.request(VtdBench::by_handle(index), 0);
    return bench.interrupts.sent.back().message.vector;
  };
  CHECK(vector_of(5) == 0x41);
  // IM 1: the pair in which index 5 lies.
  bench.submit(4 | 1 << 4 | 1u << 27 | std::uint64_t{5} << 32, 0);
  CHECK(vector_of(3) == 0x41);
  CHECK(vector_of(4) == 0x51);
  CHECK(vector_of(5) == 0x51);
  CHECK(vector_of(6) == 0x41);
  bench.submit(4, 0);
  for (unsigned i = 0; i < 8; ++i) CHECK(vector_of(i) == 0x51);
}

TEST_CASE("Entries that fault are not remembered") {
  VtdBench bench;
  bench.enable_remapping(true);
  bench.request(VtdBench::by_handle(2), 0);
  CHECK(bench.interrupts.sent.empty());
  bench.set_entry(2, vector41, 0);
  bench.request(VtdBench::by_handle(2), 0);
  CHECK(bench.interrupts.sent.size() == 1);
}

TEST_CASE("A cached entry takes the hit's time, another one the miss's: not a cycle else") {
  VtdUnit::Config config = gen8();
  config.remap_hit = 3;
  config.remap_miss = 40;
  VtdBench bench(config);
  bench.set_entry(0, vector41, 0);
  bench.enable_remapping(true);
  bench.request(VtdBench::by_handle(0), 0, VtdBench::source, 100);
  bench.request(VtdBench::by_handle(0), 0, VtdBench::source, 100);
  REQUIRE(bench.interrupts.sent.size() == 2);
  CHECK(bench.interrupts.sent[0].at == 140);
  CHECK(bench.interrupts.sent[1].at == 103);
}

TEST_CASE("The entry cache holds what it has room for, the oldest leaves first") {
  VtdUnit::Config config = gen8();
  config.cached_entries = 2;
  VtdBench bench(config);
  for (std::uint16_t i = 0; i < 3; ++i) bench.set_entry(i, vector41, 0);
  bench.enable_remapping(true);
  for (const unsigned index : {0, 1, 0, 2, 1, 0}) bench.request(VtdBench::by_handle(index), 0);
  CHECK(bench.unit.statistics().entry_reads == 4);
  CHECK(bench.unit.statistics().entry_hits == 2);
}

TEST_CASE("A table outside memory is fault 23h") {
  VtdBench bench;
  bench.out64(0xB8, std::uint64_t{1} << 40 | 7);
  bench.out(0x18, 0x01000000);
  bench.out(0x18, 0x02000000);
  CHECK(bench.request(VtdBench::by_handle(1), 0));
  CHECK(bench.fault_reason() == 0x23);
  CHECK(bench.in64(0x100) == std::uint64_t{1} << 48);
}

TEST_CASE("Each fault records reason, source and index (§10.4.14)") {
  VtdBench bench;
  bench.enable_remapping(true);
  bench.set_entry(6, vector41, 1 << 18 | 0x4321);
  bench.set_entry(7, vector41 | 1 << 15, 0);
  bench.request(0xFEE00018, 0x10000);
  bench.request(VtdBench::by_handle(300), 0);
  bench.request(VtdBench::by_handle(5), 0);
  bench.request(VtdBench::by_handle(7), 0);
  bench.request(0xFEE01000, 0x41);
  bench.request(VtdBench::by_handle(6), 0, 0x1111);
  const unsigned reasons[] = {0x20, 0x21, 0x22, 0x24, 0x25, 0x26};
  const unsigned indices[] = {0, 300, 5, 7, 0, 6};
  for (unsigned i = 0; i < 6; ++i) {
    CAPTURE(i);
    CHECK(bench.record_high(i) >> 63 == 1);
    CHECK(bench.fault_reason(i) == reasons[i]);
    CHECK((bench.record_high(i) & 0xFFFF) == (i == 5 ? 0x1111 : VtdBench::source));
    CHECK(bench.in64(0x100 + i * 16u) == std::uint64_t{indices[i]} << 48);
  }
  CHECK(bench.in(0x34) == 2);  // PPF, FRI 0
  CHECK(bench.unit.statistics().blocked == 6);
}

TEST_CASE("When the next record is still in use, faults are lost and PFO says so (§7.2.1)") {
  VtdBench bench;
  bench.enable_remapping(true);
  for (unsigned i = 0; i < 8; ++i) bench.request(VtdBench::by_handle(i), 0);
  CHECK(bench.in(0x34) == 2);
  bench.request(VtdBench::by_handle(8), 0);
  CHECK(bench.in(0x34) == 3);
  // A free record does not help before PFO is cleared.
  bench.out(0x10C, 0x80000000);
  bench.request(VtdBench::by_handle(9), 0);
  CHECK(bench.record_high(0) >> 63 == 0);
  bench.out(0x34, 1);
  CHECK(bench.in(0x34) == 2);
  bench.request(VtdBench::by_handle(10), 0);
  CHECK(bench.in64(0x100) == std::uint64_t{10} << 48);
  CHECK(bench.unit.statistics().lost_faults == 2);
}

TEST_CASE("PPF falls with the last F bit, FRI names the first record of the next time") {
  VtdBench bench;
  bench.enable_remapping(true);
  bench.request(VtdBench::by_handle(1), 0);
  bench.request(VtdBench::by_handle(2), 0);
  bench.out(0x34, 2);  // PPF is not cleared by writing it
  CHECK(bench.in(0x34) == 2);
  bench.out(0x10C, 0x80000000);
  CHECK(bench.in(0x34) == 2);
  bench.out(0x11C, 0x80000000);
  CHECK((bench.in(0x34) & 2) == 0);
  bench.request(VtdBench::by_handle(3), 0);
  CHECK(bench.in(0x34) == (2u << 8 | 2));
}

TEST_CASE("The fault event is sent once per time of trouble, and held while masked (§7.3)") {
  VtdBench bench;
  bench.out(0x3C, 0x61);
  bench.out(0x40, 0xFEE05000);
  bench.enable_remapping(false);
  bench.request(VtdBench::by_handle(1), 0);
  CHECK(bench.interrupts.sent.empty());
  CHECK(bench.in(0x38) == 0xC0000000);  // masked and pending
  bench.out(0x38, 0);
  REQUIRE(bench.interrupts.sent.size() == 1);
  CHECK(bench.interrupts.sent[0].message.vector == 0x61);
  CHECK(bench.interrupts.sent[0].message.destination == 5);
  CHECK(bench.in(0x38) == 0);
  bench.request(VtdBench::by_handle(2), 0);
  CHECK(bench.interrupts.sent.size() == 1);
  for (unsigned i = 0; i < 2; ++i) bench.out(0x10C + i * 16u, 0x80000000);
  bench.request(VtdBench::by_handle(3), 0);
  CHECK(bench.interrupts.sent.size() == 2);
}

TEST_CASE("Serving a held fault event takes it back") {
  VtdBench bench;
  bench.out(0x40, 0xFEE00000);
  bench.enable_remapping(false);
  bench.request(VtdBench::by_handle(1), 0);
  CHECK(bench.in(0x38) == 0xC0000000);
  bench.out(0x10C, 0x80000000);
  CHECK(bench.in(0x38) == 0x80000000);
  bench.out(0x38, 0);
  CHECK(bench.interrupts.sent.empty());
}

TEST_CASE("With extended ids the upper address register widens the event's destination") {
  VtdBench bench;
  bench.out(0x3C, 0x61);
  bench.out(0x40, 0xFEE05000);
  bench.out(0x44, 0x00012300);
  bench.out(0x38, 0);
  bench.enable_remapping(true);
  bench.request(VtdBench::by_handle(1), 0);
  REQUIRE(bench.interrupts.sent.size() == 1);
  CHECK(bench.interrupts.sent[0].message.wide_destination);
  CHECK(bench.interrupts.sent[0].message.destination == 0x12305);
}

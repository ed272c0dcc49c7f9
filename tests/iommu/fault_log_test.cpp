#include "tests/catch.h"
#include "tests/iommu/translation_device.h"

using namespace apicsim;
using namespace apicsim::testing;

namespace {

constexpr std::uint32_t pfo = 1, ppf = 2;
constexpr std::uint64_t f = 1ull << 63;

VtdUnit::Config with_records(unsigned records) {
  VtdUnit::Config config = gen8();
  config.capability.fault_records = static_cast<std::uint8_t>(records - 1);
  return config;
}

/// Remapping is on and no entry is present: interrupt n is fault 22h with index n.
void fault(VtdBench& bench, std::uint32_t index) {
  REQUIRE(bench.request(VtdBench::by_handle(index), 0));
}

unsigned index_of(VtdBench& bench, unsigned record) {
  return static_cast<unsigned>(bench.in64(0x100 + record * 16) >> 48);
}

void clear(VtdBench& bench, unsigned record) { bench.out(0x10C + record * 16, 0x80000000); }

void check_overflow(unsigned records) {
  VtdBench bench(with_records(records));
  bench.enable_remapping(true);
  for (unsigned i = 0; i < records; ++i) {
    fault(bench, i);
    CHECK(bench.in(0x34) == ppf);
    CHECK(index_of(bench, i) == i);
    CHECK((bench.record_high(i) & f) != 0);
  }
  fault(bench, 100);
  CHECK(bench.in(0x34) == (ppf | pfo));
  CHECK(index_of(bench, 0) == 0);
  for (unsigned i = 0; i < records; ++i) clear(bench, i);
  CHECK(bench.in(0x34) == pfo);
  fault(bench, 101);  // not recorded while PFO is set
  CHECK(bench.in(0x34) == pfo);
  CHECK(bench.unit.statistics().lost_faults == 2);
  bench.out(0x34, pfo);
  CHECK(bench.in(0x34) == 0);
  fault(bench, 102);
  CHECK(bench.in(0x34) == ppf);
  CHECK(index_of(bench, 0) == 102);
}

}  // namespace

TEST_CASE("One record: the second fault overflows until software has cleared PFO (§7.2.1)") {
  check_overflow(1);
}

TEST_CASE("Two records are filled in turn, the third fault overflows") { check_overflow(2); }

TEST_CASE("Eight records, as on a Gen8, are filled in turn, the ninth fault overflows") {
  check_overflow(8);
}

TEST_CASE("FRI is the oldest record since PPF was clear, wherever the next one goes") {
  VtdBench bench(with_records(2));
  bench.enable_remapping(true);
  fault(bench, 7);
  clear(bench, 0);
  fault(bench, 8);
  CHECK(bench.in(0x34) == (ppf | 1 << 8));
  fault(bench, 9);
  CHECK(bench.in(0x34) == (ppf | 1 << 8));
  CHECK(index_of(bench, 0) == 9);
  clear(bench, 1);
  CHECK(bench.in(0x34) == (ppf | 1 << 8));
  fault(bench, 10);
  CHECK(index_of(bench, 1) == 10);
}

TEST_CASE("With two records the third fault is lost while the first one is there") {
  VtdBench bench(with_records(2));
  bench.enable_remapping(true);
  fault(bench, 1);
  fault(bench, 2);
  clear(bench, 1);
  fault(bench, 3);  // the next one is record 0
  CHECK(bench.in(0x34) == (ppf | pfo));
  CHECK(index_of(bench, 0) == 1);
  CHECK((bench.record_high(1) & f) == 0);
}

TEST_CASE("One event for a storm: the next comes when all reports have been cleared (§7.3)") {
  VtdBench bench;
  bench.out(0x3C, 0x55);
  bench.out(0x40, 0xFEE01000);
  bench.out(0x38, 0);
  bench.enable_remapping(true);
  for (unsigned i = 0; i < 1000; ++i) fault(bench, i % 256);
  REQUIRE(bench.interrupts.sent.size() == 1);
  CHECK(bench.interrupts.sent[0].message.vector == 0x55);
  CHECK(bench.unit.statistics().lost_faults == 992);
  for (unsigned i = 0; i < 8; ++i) clear(bench, i);
  fault(bench, 1);
  CHECK(bench.interrupts.sent.size() == 1);
  bench.out(0x34, pfo);
  fault(bench, 1);
  CHECK(bench.interrupts.sent.size() == 2);
}

TEST_CASE("A masked event is held, sent by unmasking, or dropped once all is cleared (§10.4.10)") {
  VtdBench bench;
  bench.out(0x40, 0xFEE01000);
  bench.enable_remapping(true);
  fault(bench, 1);
  CHECK(bench.in(0x38) == 0xC0000000);
  CHECK(bench.interrupts.sent.empty());
  bench.out(0x38, 0);
  CHECK(bench.in(0x38) == 0);
  CHECK(bench.interrupts.sent.size() == 1);
  clear(bench, 0);
  bench.out(0x38, 0x80000000);
  fault(bench, 2);
  CHECK(bench.in(0x38) == 0xC0000000);
  clear(bench, 1);
  CHECK(bench.in(0x38) == 0x80000000);
  bench.out(0x38, 0);
  CHECK(bench.interrupts.sent.size() == 1);
}

TEST_CASE("The fields of a DMA fault's record, with and without PASID (§10.4.14)") {
  DmaFault why;
  why.reason = vtd::DmaFaultReason::no_write_permission;
  why.page = 0xABCDE000;
  why.source = 0x0310;
  why.write = true;
  FaultRecord record = fault_record(why);
  CHECK(record.low == 0xABCDE000);
  CHECK(record.high == 0x0000000500000310);
  why.write = false;
  CHECK(fault_record(why).high == 0x4000000500000310);
  why.tag.address_type = RequestTag::AddressType::translation_request;
  CHECK(fault_record(why).high == 0x5000000500000310);
  why.tag.has_pasid = true;
  why.tag.pasid = 0xFEDCB;
  why.tag.execute = true;
  CHECK(fault_record(why).high == 0x5FEDCB05C0000310);
  why.tag.execute = false;
  why.tag.privileged = true;
  CHECK(fault_record(why).high == 0x5FEDCB05A0000310);
  CHECK((fault_record(why, true).high & 0x4000000010000000) == 0x10000000);  // T1 0, T2 1
}

TEST_CASE("A unit that knows neither ATS nor PASIDs leaves their fields zero") {
  VtdUnit::Config config = gen8();
  config.extended.device_tlb = false;
  VtdBench bench(config);
  bench.out(0x18, 0x80000000);
  DmaRequest request;
  request.address = 0x7000;
  request.source = 0x0310;
  request.tag.address_type = RequestTag::AddressType::translated;
  Cycle now = 0;
  bench.unit.translate(request, now);
  CHECK((bench.record_high(0) >> 60 & 3) == 0);
}

#include "tests/catch.h"
#include "tests/iommu/vtd_bench.h"

using namespace apicsim;
using namespace apicsim::testing;

namespace {

constexpr std::uint64_t wait_write = 5 | 1 << 5 | std::uint64_t{0xCAFE0001} << 32;
constexpr std::uint32_t iqe = 0x10, ite = 0x40;

}  // namespace

TEST_CASE("A wait descriptor writes its status when those before it are done (§6.5.2.8)") {
  VtdBench bench;
  bench.enable_queue();
  CHECK(bench.in(0x1C) == 0x04000000);
  bench.submit(4, 0);
  bench.submit(wait_write, VtdBench::status_address);
  CHECK(bench.peek<std::uint32_t>(VtdBench::status_address) == 0xCAFE0001);
  CHECK(bench.in64(0x80) == 32);
  CHECK(bench.in(0x34) == 0);
  CHECK(bench.unit.statistics().descriptors == 2);
}

TEST_CASE("The queue wraps around at its size (§10.4.23)") {
  VtdBench bench;
  bench.enable_queue();
  for (unsigned i = 0; i < 300; ++i) bench.submit(4, 0);
  CHECK(bench.in64(0x80) == 300 % 256 * 16);
  CHECK(bench.unit.statistics().descriptors == 300);
}

TEST_CASE("What is queued before the queue is switched on is carried out then") {
  VtdBench bench;
  bench.out64(0x90, VtdBench::queue_base);
  bench.submit(wait_write, VtdBench::status_address);
  CHECK(bench.peek<std::uint32_t>(VtdBench::status_address) == 0);
  bench.out(0x18, 0x04000000);
  CHECK(bench.peek<std::uint32_t>(VtdBench::status_address) == 0xCAFE0001);
}

TEST_CASE("Switching the queue off resets its head, the status follows") {
  VtdBench bench;
  bench.enable_queue();
  bench.submit(4, 0);
  bench.out(0x18, 0);
  CHECK(bench.in(0x1C) == 0);
  CHECK(bench.in64(0x80) == 0);
}

TEST_CASE("All descriptor types are known, each reserved bit makes one invalid (§6.5.2)") {
  struct Form {
    const char* name;
    std::uint64_t low, high;
    std::uint64_t free_low, free_high;  ///< bits that may be either
  };
  const Form forms[] = {
      {"context cache", 0x11, 0, 0x0003FFFFFFFF0030, 0},
      {"IOTLB", 0x12, 0, 0xFFFF00F0, 0xFFFFFFFFFFFFF07F},
      {"interrupt entries", 4, 0, 0x0000FFFFF8000010, 0},
      {"wait", 5, VtdBench::status_address, 0xFFFFFFFF00000070, ~std::uint64_t{3}},
  };
  VtdBench bench;
  bench.enable_queue();
  const auto accepted = [&bench](std::uint64_t low, std::uint64_t high) {
    const std::uint64_t head = bench.in64(0x80);
    bench.submit(low, high);
    const bool taken = (bench.in(0x34) & iqe) == 0;
    CHECK((bench.in64(0x80) != head) == taken);
    if (!taken) {  // a good one takes its place
      bench.poke<std::uint64_t>(VtdBench::queue_base + head, 4);
      bench.poke<std::uint64_t>(VtdBench::queue_base + head + 8, 0);
      bench.out(0x34, iqe);
      CHECK(bench.in(0x34) == 0);
    }
    return taken;
  };
  for (const Form& form : forms) {
    CAPTURE(form.name);
    REQUIRE(accepted(form.low, form.high));
    for (unsigned bit = 4; bit < 64; ++bit) {
      CAPTURE(bit);
      const std::uint64_t flipped = form.low ^ std::uint64_t{1} << bit;
      // The granularity of the first two may not become zero.
      if (bit == 4 && (form.free_low & 0x30) == 0x30) continue;
      CHECK(accepted(flipped, form.high) == (form.free_low >> bit & 1));
    }
    for (unsigned bit = 0; bit < 64; ++bit) {
      // A status address outside memory is lost, not refused.
      CAPTURE(bit);
      CHECK(accepted(form.low, form.high ^ std::uint64_t{1} << bit) == (form.free_high >> bit & 1));
    }
  }
  CHECK_FALSE(accepted(1, 0));  // granularity 0
  CHECK_FALSE(accepted(2, 0));
  for (const std::uint64_t type : {0, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15})
    CHECK_FALSE(accepted(type, 0));
}

TEST_CASE("An invalid descriptor stays at the head until IQE is cleared, and holds up the others") {
  VtdBench bench;
  bench.out(0x38, 0);
  bench.out(0x40, 0xFEE00000);
  bench.enable_queue();
  bench.submit(15, 0);
  bench.submit(wait_write, VtdBench::status_address);
  CHECK(bench.in(0x34) == iqe);
  CHECK(bench.in64(0x80) == 0);
  CHECK(bench.interrupts.sent.size() == 1);
  CHECK(bench.peek<std::uint32_t>(VtdBench::status_address) == 0);
  bench.poke<std::uint64_t>(VtdBench::queue_base, 4);
  bench.out(0x34, iqe);
  CHECK(bench.in64(0x80) == 32);
  CHECK(bench.peek<std::uint32_t>(VtdBench::status_address) == 0xCAFE0001);
}

TEST_CASE("A tail beyond the queue is an error of the queue") {
  VtdBench bench;
  bench.enable_queue();
  bench.out(0x88, 0x1000);
  CHECK(bench.in(0x34) == iqe);
}

TEST_CASE("A queue outside memory is an error of the queue") {
  VtdBench bench;
  bench.out64(0x90, std::uint64_t{1} << 40);
  bench.out(0x18, 0x04000000);
  bench.out(0x88, 16);
  CHECK(bench.in(0x34) == iqe);
}

TEST_CASE(
    "Nobody answers an invalidation of a device's TLB: ITE, and the queue waits (§6.5.2.11)") {
  VtdBench bench;
  bench.enable_queue();
  bench.submit(3, 0x1000);
  bench.submit(wait_write, VtdBench::status_address);
  CHECK(bench.in(0x34) == ite);
  CHECK(bench.in64(0x80) == 16);
  bench.out(0x34, ite);
  CHECK(bench.in64(0x80) == 32);
}

TEST_CASE("A unit without device TLBs does not know their descriptor") {
  VtdUnit::Config config = gen8();
  config.extended.device_tlb = false;
  VtdBench bench(config);
  bench.enable_queue();
  bench.submit(3, 0x1000);
  CHECK(bench.in(0x34) == iqe);
}

TEST_CASE("A wait with interrupt flag sets IWC and sends its event once (§10.4.24)") {
  VtdBench bench;
  bench.out(0xA4, 0x71);
  bench.out(0xA8, 0xFEE03000);
  bench.enable_queue();
  bench.submit(5 | 1 << 4, 0);
  CHECK(bench.in(0x9C) == 1);
  CHECK(bench.in(0xA0) == 0xC0000000);
  bench.out(0xA0, 0);
  REQUIRE(bench.interrupts.sent.size() == 1);
  CHECK(bench.interrupts.sent[0].message.vector == 0x71);
  CHECK(bench.interrupts.sent[0].message.destination == 3);
  bench.submit(5 | 1 << 4, 0);
  CHECK(bench.interrupts.sent.size() == 1);  // still set
  bench.out(0x9C, 1);
  CHECK(bench.in(0x9C) == 0);
  bench.submit(5 | 1 << 4, 0);
  CHECK(bench.interrupts.sent.size() == 2);
}

TEST_CASE("Each descriptor takes its time: status is written after so many cycles, not before") {
  VtdUnit::Config config = gen8();
  config.invalidation = 100;
  VtdBench bench(config);
  bench.enable_queue();
  const Cycle start = bench.timebase.now(sc_core::SC_ZERO_TIME);
  bench.submit(4, 0);
  bench.submit(wait_write, VtdBench::status_address);
  run_to(bench.timebase, start + 99);
  CHECK(bench.in64(0x80) == 0);
  run_to(bench.timebase, start + 100);
  CHECK(bench.in64(0x80) == 16);
  run_to(bench.timebase, start + 199);
  CHECK(bench.peek<std::uint32_t>(VtdBench::status_address) == 0);
  run_to(bench.timebase, start + 200);
  CHECK(bench.peek<std::uint32_t>(VtdBench::status_address) == 0xCAFE0001);
}

TEST_CASE("Without the capability the queue cannot be switched on") {
  VtdUnit::Config config = gen8();
  config.extended.queued_invalidation = false;
  config.extended.interrupt_remapping = false;
  VtdBench bench(config);
  bench.out(0x18, 0x07000000);
  CHECK(bench.in(0x1C) == 0);
}

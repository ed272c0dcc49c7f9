#include "tests/catch.h"
#include "tests/iommu/translation_device.h"

using namespace apicsim;
using namespace apicsim::testing;

namespace {

constexpr std::uint64_t wait_write = 5 | 1 << 5 | std::uint64_t{0xCAFE0001} << 32;
constexpr std::uint64_t invalidate = 3 | std::uint64_t{VtdBench::source} << 32;
constexpr std::uint32_t iqe = 0x10, ice = 0x20, ite = 0x40;

VtdUnit::Config slow(VtdUnit::Config config) {
  config.invalidation = 10;
  config.device_time_out = 1000;
  return config;
}

std::uint32_t status(VtdBench& bench) {
  return bench.peek<std::uint32_t>(VtdBench::status_address);
}

}  // namespace

TEST_CASE("A wait is done when the device has answered, not before (§6.5.2.8)") {
  VtdBench bench(slow(gen8()));
  TranslationDevice device;
  device.answer = 300;
  bench.unit.attach(VtdBench::source, device);
  bench.enable_queue();
  const Cycle start = bench.timebase.now();
  bench.submit(invalidate, 0x7000);
  bench.submit(wait_write, VtdBench::status_address);
  run_to(bench.timebase, start + 309);
  REQUIRE(device.told.size() == 1);
  CHECK(device.told[0].at == start + 10);
  CHECK(device.told[0].what.address == 0x7000);
  CHECK(bench.in64(0x80) == 32);
  CHECK(status(bench) == 0);
  run_to(bench.timebase, start + 310);
  CHECK(status(bench) == 0xCAFE0001);
  CHECK(bench.in(0x34) == 0);
}

TEST_CASE(
    "A silent device: ITE when its time is out, and the wait in flight is aborted (§6.5.2.11)") {
  VtdBench bench(slow(gen8()));
  TranslationDevice device;
  bench.unit.attach(VtdBench::source, device);
  bench.enable_queue();
  const Cycle start = bench.timebase.now();
  bench.submit(invalidate, 0x7000);
  bench.submit(wait_write, VtdBench::status_address);
  run_to(bench.timebase, start + 1009);
  CHECK(bench.in(0x34) == 0);
  run_to(bench.timebase, start + 1010);
  CHECK(bench.in(0x34) == ite);
  CHECK(bench.in64(0x80) == 32);
  bench.submit(4, 0);  // nothing is fetched until ITE is cleared
  run_to(bench.timebase, start + 2000);
  CHECK(bench.in64(0x80) == 32);
  bench.out(0x34, ite);
  run_to(bench.timebase, start + 2010);
  CHECK(bench.in64(0x80) == 48);
  CHECK(status(bench) == 0);  // the wait is lost: software asks again
}

TEST_CASE("A device gets at most as many invalidations at a time as MIP says") {
  VtdBench bench(slow(gen8()));
  TranslationDevice device;
  device.answer = 500;
  bench.unit.attach(VtdBench::source, device);
  bench.enable_queue();
  const Cycle start = bench.timebase.now();
  for (int i = 0; i < 3; ++i) bench.submit(invalidate | 2 << 16, 0x7000);
  run_to(bench.timebase, start + 509);
  CHECK(device.told.size() == 2);
  CHECK(device.told[0].what.tag != device.told[1].what.tag);
  CHECK(bench.in64(0x80) == 32);
  run_to(bench.timebase, start + 530);
  CHECK(device.told.size() == 3);
  CHECK(bench.in64(0x80) == 48);
}

TEST_CASE("A completion that nobody has asked for is ICE, and the queue goes on") {
  VtdBench bench(slow(newest()));
  bench.enable_queue();
  bench.unit.stray_completion(0x0310, 1, bench.timebase.now());
  CHECK(bench.in(0x34) == ice);
  CHECK(bench.in64(0xB0) >> 48 == 0x0310);
  bench.submit(4, 0);
  run_to(bench.timebase, bench.timebase.now() + 20);
  CHECK(bench.in64(0x80) == 16);
  bench.out(0x34, ice);
  CHECK(bench.in(0x34) == 0);
}

TEST_CASE("A completion with the tag of a request ends it, from another device it does not") {
  VtdBench bench(slow(gen8()));
  TranslationDevice device;
  bench.unit.attach(VtdBench::source, device);
  bench.enable_queue();
  const Cycle start = bench.timebase.now();
  bench.submit(invalidate, 0x7000);
  bench.submit(wait_write, VtdBench::status_address);
  run_to(bench.timebase, start + 100);
  bench.unit.stray_completion(0x0310, 1u << device.told.at(0).what.tag, start + 100);
  CHECK(bench.in(0x34) == ice);
  CHECK(status(bench) == 0);
  bench.unit.stray_completion(VtdBench::source, 1u << device.told[0].what.tag, start + 100);
  CHECK(status(bench) == 0xCAFE0001);
}

TEST_CASE("The error record tells why the queue stopped and who did not answer (4.1 §11.4.9.9)") {
  VtdBench bench(newest());
  bench.enable_queue();
  bench.submit(0xF, 0);
  CHECK(bench.in(0x34) == iqe);
  CHECK((bench.in64(0xB0) & 0xF) == 3);
  bench.poke<std::uint64_t>(VtdBench::queue_base, 4 | 1ull << 63);
  bench.out(0x34, iqe);
  CHECK((bench.in64(0xB0) & 0xF) == 4);
  bench.poke<std::uint64_t>(VtdBench::queue_base, 4);
  bench.out(0x34, iqe);
  CHECK(bench.in(0x34) == 0);
  bench.out(0x88, 0x2000);
  bench.out(0x34, 0);
  CHECK((bench.in64(0xB0) & 0xF) == 1);
  bench.out(0x88, 0x10);
  bench.out(0x34, iqe);
  bench.submit(3 | 0x0310ull << 32, 0);
  CHECK(bench.in(0x34) == ite);
  CHECK((bench.in64(0xB0) >> 32 & 0xFFFF) == 0x0310);
}

TEST_CASE(
    "Wide descriptors: 32 bytes each, an odd tail and, in scalable mode, narrow ones are errors") {
  VtdBench bench(newest());
  bench.out64(0x90, VtdBench::queue_base | 0x800);
  bench.out(0x18, 0x04000000);
  bench.poke<std::uint64_t>(VtdBench::queue_base + 32, wait_write);
  bench.poke<std::uint64_t>(VtdBench::queue_base + 40, VtdBench::status_address);
  bench.poke<std::uint64_t>(VtdBench::queue_base, 4);
  bench.out(0x88, 64);
  CHECK(bench.in64(0x80) == 64);
  CHECK(status(bench) == 0xCAFE0001);
  bench.out(0x88, 80);
  CHECK(bench.in(0x34) == iqe);
  CHECK((bench.in64(0xB0) & 0xF) == 6);
  bench.out(0x88, 64);
  bench.out(0x34, iqe);
  bench.out64(0x20, 0x100000 | 1 << 10);  // TTM: scalable
  bench.out(0x18, 0x44000000);
  bench.out64(0x90, VtdBench::queue_base);
  bench.out(0x88, 80);
  CHECK(bench.in(0x34) == iqe);
  CHECK((bench.in64(0xB0) & 0xF) == 5);
}

TEST_CASE("A page response reaches the device that it names") {
  VtdBench bench(newest());
  TranslationDevice device, other;
  bench.unit.attach(VtdBench::source, device);
  bench.unit.attach(0x0310, other);
  bench.enable_queue();
  bench.submit(9 | 1 << 12 | std::uint64_t{VtdBench::source} << 16, 5 << 3);
  REQUIRE(device.responses.size() == 1);
  CHECK(device.responses[0].code == 1);
  CHECK(device.responses[0].group == 5);
  CHECK(other.responses.empty());
}

#include "tests/catch.h"
#include "tests/iommu/translation_device.h"

using namespace apicsim;
using namespace apicsim::testing;

namespace {

constexpr std::uint64_t queue = 0x30000;
constexpr std::uint64_t root = 0x100000, context = 0x101000, directory = 0x102000,
                        pasids = 0x103000;
constexpr std::uint16_t source = VtdBench::source;

/// A unit in scalable mode with a queue of one page, and the device's context: page requests on.
struct Bench : VtdBench {
  TranslationDevice device;

  Bench() : VtdBench(newest()) {
    unit.attach(source, device);
    poke<std::uint64_t>(root + 8, context | 1);  // upper half of the bus: devices 10h to 1Fh
    const std::uint64_t entry = context + (source & 0x7F) * 32;
    poke<std::uint64_t>(entry, directory | 1 << 4 | 1 << 3 | 1 << 2 | 1);  // PRE, PASIDE, DTE, P
    poke<std::uint64_t>(directory, pasids | 1);
    poke<std::uint64_t>(pasids, 4 << 6 | 1);  // pass-through
    poke<std::uint64_t>(pasids + 5 * 64, 4 << 6 | 1);
    out64(0xD0, queue);
    out64(0x20, root | 1 << 10);
    out(0xE4, 0x77);
    out(0xE8, 0xFEE02000);
    out(0xE0, 0);
    out(0x18, 0x40000000);
    out(0x18, 0x80000000);
  }
  PageRequest page_request(std::uint64_t address, bool last = true) {
    PageRequest wanted;
    wanted.source = source;
    wanted.address = address;
    wanted.group = 3;
    wanted.read = true;
    wanted.last = last;
    return wanted;
  }
  void ask(std::uint64_t address, bool last = true) {
    unit.page_request(page_request(address, last), timebase.now());
  }
};

}  // namespace

TEST_CASE("A page request is written to the queue, and software told once (§7.4, §7.5)") {
  Bench bench;
  PageRequest wanted = bench.page_request(0x123456789000);
  wanted.write = true;
  wanted.has_pasid = true;
  wanted.pasid = 5;
  wanted.privileged = true;
  bench.unit.page_request(wanted, 0);
  CHECK(bench.in64(0xC8) == 32);
  CHECK(bench.in(0xDC) == 1);
  CHECK(bench.peek<std::uint64_t>(queue) == (1 | 1 << 8 | source << 16 | 5ull << 32 | 1ull << 53));
  CHECK(bench.peek<std::uint64_t>(queue + 8) == (0x123456789000 | 3 << 3 | 7));
  REQUIRE(bench.interrupts.sent.size() == 1);
  CHECK(bench.interrupts.sent[0].message.vector == 0x77);
  bench.ask(0x5000);
  CHECK(bench.in64(0xC8) == 64);
  CHECK(bench.interrupts.sent.size() == 1);
  bench.out(0xDC, 1);
  CHECK(bench.in(0xDC) == 0);
  bench.ask(0x6000);
  CHECK(bench.interrupts.sent.size() == 2);
  CHECK(bench.device.responses.empty());
}

TEST_CASE(
    "A full queue: PRO, and success for the last of a group so that it tries again (§7.5.1)") {
  Bench bench;
  for (unsigned i = 0; i < 127; ++i) bench.ask(0x1000 * i);
  CHECK(bench.in(0xDC) == 1);
  bench.ask(0x5000, false);
  CHECK(bench.in(0xDC) == 3);
  CHECK(bench.device.responses.empty());
  bench.ask(0x5000);
  REQUIRE(bench.device.responses.size() == 1);
  CHECK(bench.device.responses[0].code == 0);
  CHECK(bench.device.responses[0].group == 3);
  bench.out64(0xC0, 127 * 32);  // room, but PRO is still set
  bench.ask(0x6000);
  CHECK(bench.device.responses.size() == 2);
  bench.out(0xDC, 3);
  bench.ask(0x7000);
  CHECK(bench.device.responses.size() == 2);
  CHECK(bench.in64(0xC8) == 0);  // wrapped
  CHECK(bench.unit.statistics().page_requests == 128);
  CHECK(bench.unit.statistics().lost_page_requests == 3);
}

TEST_CASE(
    "A device that may not ask gets Invalid Request, and its fault is that of a page request") {
  Bench bench;
  const std::uint64_t entry = context + (source & 0x7F) * 32;
  bench.poke<std::uint64_t>(entry, directory | 1 << 3 | 1 << 2 | 1);
  bench.ask(0x5000);
  REQUIRE(bench.device.responses.size() == 1);
  CHECK(bench.device.responses[0].code == 1);
  CHECK(bench.in(0xDC) == 0);
  CHECK(bench.in(0x34) == 2);
  const std::uint64_t high = bench.in64(0x408);
  CHECK((high >> 32 & 0xFF) == 0x47);
  CHECK((high >> 28 & 1) == 1);  // T2
  CHECK((high >> 62 & 1) == 0);  // T1
}

TEST_CASE("Without remapping, or with a queue outside memory, a page request fails") {
  Bench bench;
  bench.out64(0xD0, std::uint64_t{1} << 40);
  bench.ask(0x5000);
  REQUIRE(bench.device.responses.size() == 1);
  CHECK(bench.device.responses[0].code == 15);
  bench.out(0x18, 0);
  bench.ask(0x5000, false);
  CHECK(bench.device.responses.size() == 1);
  bench.ask(0x5000);
  REQUIRE(bench.device.responses.size() == 2);
  CHECK(bench.device.responses[1].code == 15);
}

TEST_CASE("A Stop Marker is never answered by the unit (PCIe 5.0 §10.4.1.2.1)") {
  Bench bench;
  bench.out(0x18, 0);
  PageRequest marker = bench.page_request(0);
  marker.read = false;
  marker.has_pasid = true;
  bench.unit.page_request(marker, 0);
  CHECK(bench.device.responses.empty());
}

// What a unit remembers, until it is told to forget: VT-d 6.2 and 6.5. Both sides of each
// invalidation: what it has to reach is walked for again, what it need not is still known.
#include "tests/catch.h"
#include "tests/iommu/dma_bench.h"

using namespace apicsim;
using namespace apicsim::testing;

namespace {

constexpr std::uint64_t page = 0x123456000;
constexpr std::uint64_t old_page = 0x55000, new_page = 0x66000;

/// A page that was used and then mapped elsewhere behind the unit's back.
struct Stale : DmaBench {
  explicit Stale(const DmaConfig& config = full(), unsigned level = 1) : DmaBench(config) {
    const std::uint64_t bits = level == 1 ? 3 : 0x83;
    map(page, base(0) | bits, 4, level);
    first = *target(page);
    memory.poke(place(page, 4, level), base(1) | bits);
    second = first + 0x40000000;
  }
  static std::uint64_t base(unsigned which) { return which == 0 ? 0x40000000 : 0x80000000; }
  bool is_stale() { return target(page) == first; }

  std::uint64_t first = 0, second = 0;
};

IotlbInvalidation domain_wide(std::uint16_t domain) {
  IotlbInvalidation what;
  what.granularity = IotlbInvalidation::Granularity::domain;
  what.domain = domain;
  return what;
}
IotlbInvalidation pages(std::uint64_t address, unsigned mask,
                        std::uint16_t domain = DmaBench::domain) {
  IotlbInvalidation what;
  what.granularity = IotlbInvalidation::Granularity::page;
  what.domain = domain;
  what.address = address;
  what.address_mask = static_cast<std::uint8_t>(mask);
  return what;
}
ContextInvalidation device(std::uint16_t source, unsigned function_mask = 0) {
  ContextInvalidation what;
  what.granularity = ContextInvalidation::Granularity::device;
  what.source = source;
  what.function_mask = static_cast<std::uint8_t>(function_mask);
  return what;
}

}  // namespace

TEST_CASE("A translation stays until it is invalidated: global, its domain, its page (6.5.1.2)") {
  Stale bench;
  CHECK(bench.is_stale());
  bench.dma.invalidate_iotlb({});
  CHECK(bench.target(page) == bench.second);
}

TEST_CASE("Invalidating one domain leaves the others' translations") {
  Stale bench;
  bench.dma.invalidate_iotlb(domain_wide(DmaBench::domain + 1));
  CHECK(bench.is_stale());
  bench.dma.invalidate_iotlb(domain_wide(DmaBench::domain));
  CHECK_FALSE(bench.is_stale());
}

TEST_CASE("Invalidating pages reaches 2^AM of them, aligned, of one domain") {
  for (unsigned mask = 0; mask <= 18; ++mask) {
    Stale bench;
    const std::uint64_t size = std::uint64_t{0x1000} << mask;
    const std::uint64_t block = page & ~(size - 1);
    bench.dma.invalidate_iotlb(pages(block - 1, mask));
    bench.dma.invalidate_iotlb(pages(block + size, mask));
    bench.dma.invalidate_iotlb(pages(page, mask, DmaBench::domain + 1));
    INFO("AM " << mask);
    CHECK(bench.is_stale());
    bench.dma.invalidate_iotlb(pages(block + size - 1, mask));
    CHECK_FALSE(bench.is_stale());
  }
}

TEST_CASE("A large page is forgotten by any of its pages") {
  for (const unsigned level : {2u, 3u}) {
    const std::uint64_t size = std::uint64_t{1} << vtd::level_shift(level);
    const std::uint64_t block = page & ~(size - 1);
    Stale bench(DmaBench::full(), level);
    bench.dma.invalidate_iotlb(pages(block - 0x1000, 0));
    bench.dma.invalidate_iotlb(pages(block + size, 0));
    CHECK(bench.is_stale());
    bench.dma.invalidate_iotlb(pages(block + size - 0x1000, 0));
    CHECK_FALSE(bench.is_stale());
  }
}

TEST_CASE("An unmapped page stays reachable, and faults once it is invalidated") {
  DmaBench bench;
  bench.map(page, old_page | 3);
  REQUIRE(bench.target(page) == old_page);
  bench.map(page, 0);
  CHECK(bench.target(page, true) == old_page);
  bench.dma.invalidate_iotlb(pages(page, 0));
  CHECK(bench.reason(page, true) == 0x5);
}

TEST_CASE("Rights are remembered with the page") {
  DmaBench bench;
  bench.map(page, old_page | 1);
  REQUIRE(bench.target(page) == old_page);
  bench.map(page, old_page | 3);
  CHECK(bench.reason(page, true) == 0x5);
  bench.dma.invalidate_iotlb(pages(page, 0));
  CHECK(bench.reason(page, true) == -1);
}

TEST_CASE("Domains share what was found for one of their devices") {
  DmaBench bench;
  bench.map(page, old_page | 3);
  REQUIRE(bench.target(page) == old_page);
  const std::uint16_t other = DmaBench::source + 1;
  bench.set_context(0x200000 | 1, std::uint64_t{DmaBench::domain} << 8 | 2, other);
  bench.memory.reads.clear();
  const DmaRequest request{page, other, false, {}};
  CHECK(std::get<DmaTranslation>(bench.ask(request)).address == old_page);
  CHECK(bench.memory.reads.size() == 2);  // its own root and context entry
}

TEST_CASE("Upper levels are remembered: a neighbour's walk reads one entry (6.2.5)") {
  DmaBench bench;
  bench.map(page, old_page | 3);
  bench.map(page + 0x1000, new_page | 3);
  REQUIRE(bench.target(page));
  CHECK(bench.memory.reads.size() == 6);
  REQUIRE(bench.target(page + 0x1000));
  CHECK(bench.memory.reads.size() == 1);
  bench.map(page + 0x200000, 0x77000 | 3);
  REQUIRE(bench.target(page + 0x200000));
  CHECK(bench.memory.reads.size() == 2);
  CHECK(bench.dma.statistics().table_hits == 2);
}

TEST_CASE("A table that was replaced is found after an invalidation without IH only") {
  for (const bool leaves_only : {true, false}) {
    DmaBench bench;
    bench.map(page, old_page | 3);
    REQUIRE(bench.target(page));
    bench.memory.poke(0x300000 + (page >> 12 & 0x1FF) * 8, new_page | 3);
    bench.memory.poke(bench.place(page, 4, 2), 0x300000 | 3);
    IotlbInvalidation what = pages(page, 0);
    what.leaves_only = leaves_only;
    bench.dma.invalidate_iotlb(what);
    CHECK(bench.target(page) == (leaves_only ? old_page : new_page));
  }
}

TEST_CASE(
    "A context entry stays until it is invalidated: global, domain, device with FM (6.5.1.1)") {
  struct Row {
    ContextInvalidation what;
    bool reached;
  };
  ContextInvalidation domain;
  domain.granularity = ContextInvalidation::Granularity::domain;
  domain.domain = DmaBench::domain;
  ContextInvalidation other = domain;
  other.domain = DmaBench::domain + 1;
  // The device is function 6 (110b).
  const std::uint16_t function0 = DmaBench::source & ~7;
  const std::vector<Row> rows = {
      {{}, true},
      {domain, true},
      {other, false},
      {device(DmaBench::source), true},
      {device(DmaBench::source ^ 0x100), false},
      {device(DmaBench::source ^ 8), false},
      {device(function0 | 2), false},
      {device(function0 | 2, 1), true},   // bit 2 ignored
      {device(function0 | 3, 1), false},  // bit 0 compared
      {device(function0 | 0, 1), false},  // bit 1 compared
      {device(function0 | 0, 2), true},   // bits 2:1 ignored
      {device(function0 | 1, 2), false},
      {device(function0 | 1, 3), true},  // all ignored
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    DmaBench bench;
    bench.map(page, old_page | 3);
    REQUIRE(bench.target(page) == old_page);
    bench.set_context(0, 0);
    INFO("row " << i);
    CHECK(bench.target(page) == old_page);
    bench.dma.invalidate_contexts(rows[i].what);
    CHECK(bench.reason(page) == (rows[i].reached ? 0x2 : -1));
  }
}

TEST_CASE("A new root table is used where nothing is remembered (10.4.4, SRTP)") {
  DmaBench bench;
  bench.map(page, old_page | 3);
  REQUIRE(bench.target(page) == old_page);
  bench.dma.set_root(0x3000, TableMode::legacy);  // empty
  CHECK(bench.target(page) == old_page);
  bench.dma.invalidate_iotlb({});
  CHECK(bench.target(page) == old_page);  // the context entry is still known
  bench.dma.invalidate_contexts({});
  CHECK(bench.reason(page) == 0x1);
}

TEST_CASE("Without caching mode nothing is remembered of what is not there (6.1)") {
  DmaBench bench;
  CHECK(bench.reason(page) == 0x6);
  bench.map(page, old_page | 3);
  CHECK(bench.target(page) == old_page);
  bench.set_context(0, 0, DmaBench::source + 1);
  const DmaRequest request{page, DmaBench::source + 1, false, {}};
  CHECK(std::holds_alternative<DmaFault>(bench.ask(request)));
  bench.set_context(DmaBench::tables | 1, std::uint64_t{DmaBench::domain} << 8 | 2,
                    DmaBench::source + 1);
  CHECK(std::holds_alternative<DmaTranslation>(bench.ask(request)));
}

TEST_CASE("With caching mode also what is not there is remembered until it is invalidated (6.1)") {
  DmaConfig config = DmaBench::full();
  config.capability.caching_mode = true;
  DmaBench bench(config);
  CHECK(bench.reason(page) == 0x6);
  CHECK(bench.reason(page, true) == 0x5);
  bench.map(page, old_page | 3);
  CHECK(bench.reason(page) == 0x6);
  CHECK(bench.reason(page, true) == 0x5);
  bench.dma.invalidate_iotlb(pages(page, 0));
  CHECK(bench.target(page) == old_page);
}

TEST_CASE("With caching mode absent context entries are remembered under domain 0 (6.1)") {
  DmaConfig config = DmaBench::full();
  config.capability.caching_mode = true;
  DmaBench bench(config);
  bench.map(page, old_page | 3);
  bench.set_context(0, 0);
  CHECK(bench.reason(page) == 0x2);
  bench.set_context(DmaBench::tables | 1, std::uint64_t{DmaBench::domain} << 8 | 2);
  CHECK(bench.reason(page) == 0x2);
  ContextInvalidation what;
  what.granularity = ContextInvalidation::Granularity::domain;
  what.domain = DmaBench::domain;
  bench.dma.invalidate_contexts(what);
  CHECK(bench.reason(page) == 0x2);
  what.domain = 0;
  bench.dma.invalidate_contexts(what);
  CHECK(bench.target(page) == old_page);
}

TEST_CASE("The IOTLB gives up the translation that was used longest ago") {
  DmaConfig config = DmaBench::full();
  config.iotlb_entries = 4;
  DmaBench bench(config);
  for (unsigned i = 0; i < 5; ++i) bench.map(page + i * 0x1000, (old_page + i * 0x1000) | 3);
  for (unsigned i = 0; i < 4; ++i) REQUIRE(bench.target(page + i * 0x1000));
  REQUIRE(bench.target(page));           // 0 is the newest now
  REQUIRE(bench.target(page + 0x4000));  // in the place of 1
  for (const unsigned known : {0u, 2u, 3u, 4u}) {
    REQUIRE(bench.target(page + known * 0x1000));
    CHECK(bench.memory.reads.empty());
  }
  REQUIRE(bench.target(page + 0x1000));
  CHECK(bench.memory.reads.size() == 1);
}

TEST_CASE("Caches of no entries remember nothing") {
  DmaConfig config = DmaBench::full();
  config.iotlb_entries = config.context_entries = config.table_entries = 0;
  DmaBench bench(config);
  bench.map(page, old_page | 3);
  for (unsigned i = 0; i < 2; ++i) {
    REQUIRE(bench.target(page) == old_page);
    CHECK(bench.memory.reads.size() == 6);
  }
}

TEST_CASE("A request costs its look-up, and each table read that a miss leads to") {
  DmaConfig config = DmaBench::full();
  config.lookup = 7;
  config.structure_read = 100;
  DmaBench bench(config);
  bench.map(page, old_page | 3);
  bench.map(page + 0x1000, new_page | 3);
  const auto cost = [&](std::uint64_t address) {
    const Cycle before = bench.now;
    bench.ask(address);
    return bench.now - before;
  };
  CHECK(cost(page) == 7 + 600);           // root, context, four levels
  CHECK(cost(page) == 7);                 // known
  CHECK(cost(page + 0x1000) == 7 + 100);  // lowest level only
  bench.dma.invalidate_contexts({});
  CHECK(cost(page) == 7 + 200);
  bench.dma.invalidate_iotlb({});
  CHECK(cost(page) == 7 + 400);
  bench.dma.enable(false);
  CHECK(cost(page) == 0);
}

TEST_CASE("Statistics count hits and misses of each cache") {
  DmaBench bench;
  bench.map(page, old_page | 3);
  bench.ask(page);
  bench.ask(page);
  bench.ask(page + 0x5000);
  const DmaStatistics& counted = bench.dma.statistics();
  CHECK(counted.requests == 3);
  CHECK(counted.context_misses == 1);
  CHECK(counted.context_hits == 2);
  CHECK(counted.iotlb_hits == 1);
  CHECK(counted.iotlb_misses == 2);
  CHECK(counted.blocked == 1);
  CHECK(counted.structure_reads == 7);
}

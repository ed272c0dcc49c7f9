#include "models/memory/hierarchy/translation_timing.h"

#include "tests/catch.h"
#include "tests/memory/hierarchy/small_machine.h"

using namespace apicsim;
using namespace apicsim::testing;

namespace {

constexpr LineUse fetch = LineUse::fetch, load = LineUse::load, store = LineUse::store;
constexpr std::uint64_t kib4 = 4096, mib2 = 2 << 20, gib = 1 << 30, gib512 = gib << 9;
constexpr std::uint64_t base = 0xFFFF880000000000;

PageWalk walk(unsigned shift, bool global = false) {
  PageWalk out;
  out.levels = static_cast<std::uint8_t>(shift == 12 ? 4 : shift == 21 ? 3 : 2);
  out.page_shift = static_cast<std::uint8_t>(shift);
  out.global = global;
  return out;
}

struct Answer {
  bool hit;
  Cycle latency;
  bool operator==(const Answer& other) const {
    return hit == other.hit && latency == other.latency;
  }
};
constexpr Answer first{true, 0}, second{true, 7}, miss{false, 9};

struct Tlb {
  TranslationTiming timing{small_parameters()};

  Answer look(std::uint64_t linear, LineUse use = load) {
    Answer out{};
    out.hit = timing.lookup(linear, use, out.latency);
    return out;
  }
  void enter(std::uint64_t linear, unsigned shift = 12, LineUse use = load, bool global = false) {
    timing.insert(linear, use, walk(shift, global));
  }
};

std::ostream& operator<<(std::ostream& out, const Answer& a) {
  return out << (a.hit ? "hit " : "miss ") << a.latency;
}

}  // namespace

TEST_CASE("A page that was walked is found in the first level, by its whole size and no further") {
  for (const unsigned shift : {12, 21, 30}) {
    CAPTURE(shift);
    Tlb tlb;
    const std::uint64_t size = std::uint64_t{1} << shift;
    CHECK(tlb.look(base) == miss);
    tlb.enter(base, shift);
    CHECK(tlb.look(base) == first);
    CHECK(tlb.look(base + size - 1, store) == first);
    CHECK(tlb.look(base + size) == miss);
    CHECK(tlb.look(base - 1) == miss);
  }
}

TEST_CASE("Code and data have first levels of their own and share the second") {
  Tlb tlb;
  tlb.enter(base, 12, load);
  CHECK(tlb.look(base, fetch) == second);
  CHECK(tlb.look(base, fetch) == first);
  tlb.enter(base + mib2, 21, load);
  CHECK(tlb.look(base + mib2, fetch) == miss);  // the second level holds 4 KiB pages only
  tlb.enter(base + gib, 30, fetch);
  CHECK(tlb.look(base + gib + mib2 - 1, fetch) == first);
  CHECK(tlb.look(base + gib + mib2, fetch) == miss);  // kept by 2 MiB
}

TEST_CASE("Each first level keeps as many pages of a set as it has ways (2 sets, 2 ways)") {
  struct {
    unsigned shift;
    std::uint64_t stride;
    LineUse use;
    Answer pushed_out;
  } const rows[] = {{12, 2 * kib4, load, second},
                    {12, 2 * kib4, fetch, second},
                    {21, 2 * mib2, load, miss},
                    {21, mib2, fetch, miss},
                    {30, gib, load, miss}};
  for (const auto& row : rows) {
    CAPTURE(row.shift, static_cast<int>(row.use));
    Tlb tlb;
    tlb.enter(base, row.shift, row.use);
    tlb.enter(base + row.stride, row.shift, row.use);
    CHECK(tlb.look(base, row.use) == first);
    tlb.enter(base + 2 * row.stride, row.shift, row.use);
    CHECK(tlb.look(base, row.use) == first);
    CHECK(tlb.look(base + row.stride, row.use) == row.pushed_out);
  }
}

TEST_CASE("The second level keeps as many pages of a set as it has ways (4 sets, 2 ways)") {
  Tlb tlb;
  for (unsigned i = 0; i < 3; ++i) tlb.enter(base + i * 4 * kib4);
  CHECK(tlb.look(base) == miss);
  CHECK(tlb.look(base + 4 * kib4) == first);
  CHECK(tlb.look(base + 8 * kib4) == first);
}

TEST_CASE("The latencies of second level and of a walk's start are those of the profile") {
  MemoryParameters p = small_parameters();
  p.stlb_latency = 8;
  p.walk_start = 0;
  TranslationTiming timing(p);
  Cycle latency = 99;
  CHECK_FALSE(timing.lookup(base, load, latency));
  CHECK(latency == 0);
  timing.insert(base, load, walk(12));
  CHECK(timing.lookup(base, fetch, latency));
  CHECK(latency == 8);
}

TEST_CASE("A walk starts below the deepest cached entry (SDM Vol. 3 4.10.3.2)") {
  Tlb tlb;
  CHECK(tlb.timing.first_level(base) == 0);
  tlb.enter(base, 30);
  CHECK(tlb.timing.first_level(base + gib512 - 1) == 1);
  CHECK(tlb.timing.first_level(base + gib512) == 0);
  tlb.enter(base, 21);
  CHECK(tlb.timing.first_level(base + gib - 1) == 2);
  CHECK(tlb.timing.first_level(base + gib) == 1);
  tlb.enter(base, 12);
  CHECK(tlb.timing.first_level(base + mib2 - 1) == 3);
  CHECK(tlb.timing.first_level(base + mib2) == 2);
}

TEST_CASE("Paging-structure caches have their capacity") {
  Tlb tlb;
  for (unsigned i = 0; i < 3; ++i) tlb.enter(base + i * 2 * mib2, 12);  // one PDE set of two ways
  CHECK(tlb.timing.first_level(base) == 2);
  CHECK(tlb.timing.first_level(base + 2 * mib2) == 3);
  for (unsigned i = 0; i < 3; ++i) tlb.enter(base + i * gib, 21);
  CHECK(tlb.timing.first_level(base + mib2) == 1);
  CHECK(tlb.timing.first_level(base + gib) == 2);
  for (unsigned i = 1; i < 3; ++i) tlb.enter(base + i * gib512, 30);
  CHECK(tlb.timing.first_level(base + mib2) == 0);
}

TEST_CASE("A load of CR3 keeps global pages and nothing else (SDM Vol. 3 4.10.4.1)") {
  Tlb tlb;
  tlb.enter(base, 12, load, true);
  tlb.enter(base + kib4, 12, load, false);
  tlb.enter(base + mib2, 21, fetch, true);
  tlb.enter(base + 2 * mib2, 21, fetch, false);
  tlb.timing.flush(true);
  CHECK(tlb.look(base) == first);
  CHECK(tlb.look(base, fetch) == second);
  CHECK(tlb.look(base + kib4) == miss);
  CHECK(tlb.look(base + mib2, fetch) == first);
  CHECK(tlb.look(base + 2 * mib2, fetch) == miss);
  CHECK(tlb.timing.first_level(base) == 0);
  tlb.timing.flush(false);
  CHECK(tlb.look(base) == miss);
  CHECK(tlb.look(base + mib2, fetch) == miss);
}

TEST_CASE("INVLPG drops one page, global or not, and the paging-structure caches") {
  for (const unsigned shift : {12, 21, 30}) {
    CAPTURE(shift);
    Tlb tlb;
    const std::uint64_t size = std::uint64_t{1} << shift;
    tlb.enter(base, shift, load, true);
    tlb.enter(base + size, shift, load, false);
    tlb.timing.flush_page(base + 5);
    CHECK(tlb.look(base) == miss);
    CHECK(tlb.look(base + size) == first);
    CHECK(tlb.timing.first_level(base) == 0);
  }
}

TEST_CASE("A geometry out of range is refused") {
  MemoryParameters p = small_parameters();
  p.stlb_sets = 6;
  CHECK_THROWS_AS(TranslationTiming(p), MemoryTimingError);
}

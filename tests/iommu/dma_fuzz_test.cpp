#include <algorithm>

#include "naive_tables.h"
#include "tests/catch.h"

// Random tables in memory against a second, naive reading of the specification.

namespace apicsim {
namespace {

DmaConfig config(bool large_pages, std::uint32_t entries) {
  DmaConfig config;
  config.capability.domains = 6;
  config.capability.page_walks = 6;
  config.capability.guest_width = 47;
  config.capability.large_pages = large_pages ? 3 : 0;
  config.extended.pass_through = true;
  config.host_address_width = RandomTables::host_width;
  config.context_entries = config.iotlb_entries = config.table_entries = entries;
  return config;
}

DmaRequest some_request(RandomTables& tables) {
  DmaRequest request;
  request.source = RandomTables::sources[tables.number(0, RandomTables::sources.size() - 1)];
  request.address = tables.address();
  request.write = tables.chance(50);
  return request;
}

bool agrees(const NaiveVerdict& wanted, const DmaResult& got, const DmaRequest& request) {
  if (const auto* translation = std::get_if<DmaTranslation>(&got))
    return wanted.passes() && translation->address == wanted.address &&
           (request.write ? translation->write : translation->read) && translation->length >= 1 &&
           translation->length <= (std::uint64_t{1} << translation->page_shift);
  const DmaFault& fault = std::get<DmaFault>(got);
  return std::count(wanted.reasons.begin(), wanted.reasons.end(),
                    static_cast<unsigned>(fault.reason)) == 1 &&
         fault.page == (request.address & ~std::uint64_t{0xFFF}) &&
         fault.source == request.source && fault.write == request.write;
}

void invalidate_all(DmaRemapping& remapping) {
  remapping.invalidate_contexts({});
  remapping.invalidate_iotlb({});
}

/// How often each reason came, so that the test knows that it has seen something.
struct Seen {
  std::array<unsigned, 16> reasons{};
  unsigned passed = 0;
  void add(const NaiveVerdict& verdict) {
    verdict.passes() ? ++passed : ++reasons[verdict.reasons.front()];
  }
};

Seen compare(bool large_pages, std::uint32_t entries, unsigned rounds) {
  Seen seen;
  for (std::uint32_t seed = 1; seed <= rounds; ++seed) {
    RandomTables tables(seed);
    const DmaConfig unit = config(large_pages, entries);
    DmaRemapping remapping(unit, tables);
    remapping.set_root(RandomTables::root, DmaRemapping::Mode::legacy);
    remapping.enable(true);
    Cycle now = 0;
    for (unsigned n = 0; n < 400; ++n) {
      if (n % 40 == 39) {
        tables.mutate(20);
        invalidate_all(remapping);
      }
      const DmaRequest request = some_request(tables);
      const NaiveVerdict wanted = naive_translation(tables, unit, request);
      const DmaResult got = remapping.translate(request, now);
      seen.add(wanted);
      INFO("seed " << seed << " request " << n << std::hex << " address " << request.address
                   << " source " << request.source << " write " << request.write);
      if (!agrees(wanted, got, request)) {
        const auto* const fault = std::get_if<DmaFault>(&got);
        INFO("wanted " << std::hex << (wanted.passes() ? wanted.address : wanted.reasons.front())
                       << " got reason "
                       << (fault == nullptr ? 0 : static_cast<unsigned>(fault->reason)));
        FAIL("the unit and the specification disagree");
      }
    }
  }
  return seen;
}

}  // namespace

TEST_CASE("Random legacy tables are read as VT-d 3.0 §3.7, §7.2 and §9 say, cached or not") {
  for (const bool large_pages : {true, false})
    for (const std::uint32_t entries : {0u, 1u, 64u}) {
      const Seen seen = compare(large_pages, entries, 40);
      CHECK(seen.passed > 500);
      for (const unsigned reason : {1, 2, 3, 4, 5, 6, 7, 0xA, 0xB, 0xC, 0xE}) {
        INFO("reason " << reason);
        CHECK(seen.reasons[reason] > 0);
      }
    }
}

TEST_CASE("Without an invalidation a translation is one that the tables have allowed before") {
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    RandomTables tables(seed);
    const DmaConfig unit = config(true, 64);
    DmaRemapping remapping(unit, tables);
    remapping.set_root(RandomTables::root, DmaRemapping::Mode::legacy);
    remapping.enable(true);
    Cycle now = 0;
    for (unsigned n = 0; n < 200; ++n) {
      const DmaRequest request = some_request(tables);
      const NaiveVerdict before = naive_translation(tables, unit, request);
      remapping.translate(request, now);
      tables.mutate(3);
      // The same request again: what was cached, or what the tables say now.
      const NaiveVerdict after = naive_translation(tables, unit, request);
      const DmaResult got = remapping.translate(request, now);
      INFO("seed " << seed << " request " << n);
      CHECK((agrees(before, got, request) || agrees(after, got, request) ||
             std::holds_alternative<DmaFault>(got)));
      invalidate_all(remapping);
      CHECK(agrees(after, remapping.translate(request, now), request));
      invalidate_all(remapping);
    }
  }
}

}  // namespace apicsim

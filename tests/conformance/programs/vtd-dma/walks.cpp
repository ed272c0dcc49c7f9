#include "remapping.h"

// §3.4, §3.7 and §9.8: the second-level table walk.

using namespace vtd;

namespace {

constexpr const char* section = "VT-d §3.7";

/// Different indices at every level, below the width.
constexpr u64 input_of(unsigned levels) {
  constexpr u64 indices[] = {5, 6, 7, 9, 0x0B};
  u64 input = 0;
  for (unsigned n = 0; n < levels; ++n) input |= indices[n] << (12 + 9 * n);
  return input;
}

struct Walk {
  unsigned levels;
  Rule page, large, huge, end;
};

constexpr Walk walks[] = {
    {3,
     {"DM-10", section, "39 bits: three levels to a 4 KiB page"},
     {"DM-11", section, "39 bits: two levels to a 2 MiB page, 21 offset bits are kept"},
     {"DM-12", section, "39 bits: one level to a 1 GiB page, 30 offset bits are kept"},
     {"DM-13", section, "39 bits: the last page"}},
    {4,
     {"DM-20", section, "48 bits: four levels to a 4 KiB page"},
     {"DM-21", section, "48 bits: three levels to a 2 MiB page, 21 offset bits are kept"},
     {"DM-22", section, "48 bits: two levels to a 1 GiB page, 30 offset bits are kept"},
     {"DM-23", section, "48 bits: the last page"}},
    {5,
     {"DM-30", section, "57 bits: five levels to a 4 KiB page"},
     {"DM-31", section, "57 bits: four levels to a 2 MiB page, 21 offset bits are kept"},
     {"DM-32", section, "57 bits: three levels to a 1 GiB page, 30 offset bits are kept"},
     {"DM-33", section, "57 bits: the last page"}}};

void check_large(const Walk& w, DmaBench& bench, u64* top, u64 input) {
  const u64 other = input ^ u64 { 1 } << 30;
  if (!capability(34)) {
    skip(w.large, "no 2 MiB pages");
  } else {
    map(top, w.levels, other, target | large | both, 2);
    const u64 offset = 0x1A5678;
    const u64 at = (other & ~u64{0x1FFFFF}) + offset;
    check(w.large, bench.writes(at, target + offset) && bench.reads(at, target + offset));
  }
  const u64 far = input ^ u64 { 2 } << 30;
  if (!capability(35)) return skip(w.huge, "no 1 GiB pages");
  map(top, w.levels, far, large | both, 3);
  const u64 at = (far & ~u64{0x3FFFFFFF}) + target + 0x123458;
  check(w.huge, bench.writes(at, target + 0x123458) && bench.reads(at, target + 0x123458));
}

void check_walk(const Walk& w, DmaBench& bench) {
  if (!takes_levels(w.levels)) {
    const Rule* const rules[] = {&w.page, &w.large, &w.huge, &w.end};
    for (const Rule* rule : rules) skip(*rule, "no such width");
    return;
  }
  const Roots roots = begin_translation();
  u64* const top = new_domain(roots, bench.source(), w.levels);
  invalidate_all();
  const u64 input = input_of(w.levels);
  map(top, w.levels, input, (target + 0x3000) | both);
  check(w.page, bench.writes(input + 0x568, target + 0x3568) &&
                    bench.reads(input + 0xABC, target + 0x3ABC));
  check_large(w, bench, top, input);
  const unsigned guest = static_cast<unsigned>(capability(16, 6)) + 1;
  const unsigned bits = 9 * w.levels + 12 < guest ? 9 * w.levels + 12 : guest;
  const u64 last = (u64{1} << bits) - 4096;
  map(top, w.levels, last, (target + 0x4000) | both);
  check(w.end, bench.writes(last + 0xFF8, target + 0x4FF8));
  end_translation();
}

void check_ignored(DmaBench& bench) {
  const Roots roots = begin_translation();
  const unsigned levels = some_levels();
  u64* const top = new_domain(roots, bench.source(), levels);
  invalidate_all();
  constexpr u64 ignored = 0xBFF0000000000000 | 0x77C;
  map(top, levels, 0x5000, (target + 0x5000) | both | ignored);
  check({"DM-01", "VT-d §9.8", "ignored bits of an entry mean nothing"},
        bench.writes(0x5000, target + 0x5000));
  map(top, levels, 0x6000, (target + 0x6000) | both);
  check({"VD-32", "VT-d §6.2.3", "without caching mode a page can be mapped without invalidation"},
        capability(7) || bench.writes(0x6000, target + 0x6000));
  check({"DM-02", "VT-d §3.7", "addresses of the same offset in two pages go two ways"},
        bench.writes(0x5010, target + 0x5010) && bench.writes(0x6010, target + 0x6010));
  end_translation();
}

}  // namespace

void check_walks(Devices& devices) {
  DmaBench& bench = devices.first;
  check({"DM-00", "VT-d §3.2", "without translation addresses are memory's own"},
        bench.writes(target + 0x1230, target + 0x1230) &&
            bench.reads(target + 0x1230, target + 0x1230));
  for (const Walk& w : walks) check_walk(w, bench);
  check_ignored(bench);
}

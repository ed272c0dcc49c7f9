#include "invalidation.h"

// §6.2: context cache, IOTLB and paging-structure caches, before and after their invalidation.

using namespace vtd;

namespace {

constexpr u64 page = 0x40207000;
constexpr u32 domain_id = 0x1234;
constexpr Outcome outcomes[] = {{1, "goes on"}, {0, "is found out at once"}};

/// A function whose page is mapped to `from` and has been used.
struct Used {
  Roots roots;
  u64* top;
  unsigned levels;
  DmaBench& bench;

  explicit Used(DmaBench& b) : roots(new_roots()), levels(some_levels()), bench(b) {
    top = new_domain(roots, bench.source(), levels, domain_id);
    map(top, levels, page, target | both);
    set_root(roots);
    command(global::translation);
    bench.write(page);
  }
  ~Used() { end_translation(); }
  Used(const Used&) = delete;
  Used& operator=(const Used&) = delete;

  bool old_one() { return bench.writes(page + 0x40, target + 0x40); }
  bool new_one() { return bench.writes(page + 0x48, target + 0x10048); }
};

u64 page_selective(u32 address_mask) {
  return invalidate_iotlb(by_page, domain_id, page & ~((u64{0x1000} << address_mask) - 1),
                          address_mask);
}

/// Another page in the same place; `invalidate` must be enough.
template <class F>
void check_remapped(const Rule& stale, const Rule& fresh, DmaBench& bench, F invalidate) {
  Used used(bench);
  map(used.top, used.levels, page, (target + 0x10000) | both);
  one_of(stale, used.old_one(), outcomes);
  invalidate();
  check(fresh, used.new_one());
}

void check_pages(DmaBench& bench) {
  check_remapped({"IN-01", "VT-d §6.2.3", "a changed page before the invalidation"},
                 {"IN-02", "VT-d §6.4.2", "globally invalidated the new one is used"}, bench,
                 [] { invalidate_iotlb(globally); });
  check_remapped({"IN-03", "VT-d §6.2.3", "the same, again"},
                 {"VD-33", "VT-d §6.4.2", "invalidated by domain the new one is used"}, bench,
                 [] { invalidate_iotlb(by_domain, domain_id); });
  const Rule one{"VD-34", "VT-d §6.4.2", "invalidated by page the new one is used"};
  const Rule several{"IN-05", "VT-d §6.4.2", "invalidated among eight pages, too"};
  if (!capability(39)) {
    skip(one, "no page-selective invalidation");
    return skip(several, "no page-selective invalidation");
  }
  check_remapped({"IN-04", "VT-d §6.2.3", "the same, once more"}, one, bench,
                 [] { page_selective(0); });
  check_remapped({"IN-06", "VT-d §6.2.3", "and with neighbours"}, several, bench,
                 [] { page_selective(3); });
}

void check_unmapped(DmaBench& bench) {
  Used used(bench);
  store(entry(used.top, used.levels, page), 0);
  one_of({"IN-07", "VT-d §6.2.3", "a page that was taken away, before the invalidation"},
         used.old_one(), outcomes);
  invalidate_iotlb(globally);
  clear_faults();
  check({"IN-08", "VT-d §6.2.3", "after it, it is gone"},
        !used.old_one() && take_fault().reason() == 5);
}

/// Entries of upper levels are cached, too; page-selective invalidation without the hint drops
/// them.
void check_upper_levels(DmaBench& bench) {
  Used used(bench);
  u64* const other = new_table();
  store(other[page >> 12 & 511], (target + 0x10000) | both);
  store(entry(used.top, used.levels, page, 2), address(other) | both);
  one_of({"IN-09", "VT-d §6.2.5", "a changed table before the invalidation"}, used.old_one(),
         outcomes);
  capability(39) ? page_selective(0) : invalidate_iotlb(globally);
  check({"IN-10", "VT-d §6.2.5", "invalidated without the hint the new one is walked"},
        used.new_one());
}

/// More rights need no invalidation of what was not there, but of what was there with fewer.
void check_rights(DmaBench& bench) {
  Used used(bench);
  map(used.top, used.levels, page, target | readable);
  invalidate_iotlb(globally);
  const bool refused = !used.old_one();
  clear_faults();
  map(used.top, used.levels, page, target | both);
  invalidate_iotlb(by_domain, domain_id);
  check({"IN-11", "VT-d §6.2.3", "rights change with the invalidation"}, refused && used.old_one());
}

template <class F>
void check_context(const Rule& stale, const Rule& fresh, DmaBench& bench, F invalidate) {
  Used used(bench);
  u64* const top = new_table();
  map(top, used.levels, page, (target + 0x10000) | both);
  set_context(used.roots, bench.source(), address(top) | present,
              domain(domain_id + 1) | width(used.levels));
  one_of(stale, used.old_one(), outcomes);
  invalidate();
  invalidate_iotlb(globally);
  check(fresh, used.new_one());
}

void check_contexts(DmaBench& bench) {
  check_context({"IN-12", "VT-d §6.2.2", "a changed context before the invalidation"},
                {"IN-13", "VT-d §6.4.1", "globally invalidated the new one is used"}, bench,
                [] { invalidate_context(globally); });
  check_context({"IN-14", "VT-d §6.2.2", "the same, again"},
                {"IN-15", "VT-d §6.4.1", "invalidated by the old domain the new one is used"},
                bench, [] { invalidate_context(by_domain, domain_id); });
  check_context({"IN-16", "VT-d §6.2.2", "the same, once more"},
                {"IN-17", "VT-d §6.4.1", "invalidated by device the new one is used"}, bench,
                [&] { invalidate_context(by_device, domain_id, bench.source()); });
  check_context({"IN-18", "VT-d §6.2.2", "and among the functions of its device"},
                {"VD-36", "VT-d §6.4.1", "invalidated with all three function bits masked, too"},
                bench, [&] { invalidate_context(by_device, domain_id, bench.source() ^ 7, 3); });
}

/// Another domain's invalidation must not be needed, and does no harm.
void check_other_domain(DmaBench& bench) {
  Used used(bench);
  invalidate_iotlb(by_domain, domain_id + 1);
  invalidate_context(by_device, domain_id, bench.source() ^ 8);
  check({"IN-19", "VT-d §6.4.2", "what is not invalidated or comes anew is the same"},
        used.old_one());
  const u64 too_many = capability(48, 6) + 1;
  const Rule rule{"IN-20", "VT-d §10.4.8.2", "an address mask above the maximum is not performed"};
  if (!capability(39) || too_many > 63) return skip(rule, "no such mask");
  one_of(rule, page_selective(static_cast<u32>(too_many)),
         {{0, "nothing reported"}, {1, "globally"}, {2, "by domain"}});
}

}  // namespace

void check_stale_entries(Bench& bench) {
  check_pages(bench.first);
  check_unmapped(bench.first);
  check_upper_levels(bench.first);
  check_rights(bench.first);
  check_contexts(bench.first);
  check_other_domain(bench.first);
}

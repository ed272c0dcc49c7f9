#include "remapping.h"

// §3.7.1: a request needs its right at every level.

using namespace vtd;

namespace {

constexpr u64 input = 0x40207000;  ///< an own table at levels 1 and 2

struct Case {
  Rule rule;
  unsigned level;  ///< whose entry has `rights` only
  u64 rights;
};

constexpr Case cases[] = {
    {{"DM-50", "VT-d §9.8", "a page for reading is not written"}, 1, readable},
    {{"DM-51", "VT-d §9.8", "a page for writing is not read"}, 1, writable},
    {{"DM-52", "VT-d §9.8", "reading by the second level only"}, 2, readable},
    {{"DM-53", "VT-d §9.8", "writing by the second level only"}, 2, writable},
    {{"DM-54", "VT-d §9.8", "reading by the third level only"}, 3, readable},
    {{"DM-55", "VT-d §9.8", "writing by the third level only"}, 3, writable},
};

void check_case(const Case& c, DmaBench& bench, u64* top, unsigned levels) {
  map(top, levels, input, (target + 0x7000) | both);
  u64& limited = entry(top, levels, input, c.level);
  const u64 open = limited;
  store(limited, (open & ~both) | c.rights);
  invalidate_all();
  const bool written = bench.writes(input + 0x20, target + 0x7020);
  clear_faults();
  const bool read = bench.reads(input + 0x28, target + 0x7028);
  clear_faults();
  store(limited, open);
  check(c.rule, written == (c.rights == writable) && read == (c.rights == readable));
}

}  // namespace

void check_rights(Devices& devices) {
  DmaBench& bench = devices.first;
  const Roots roots = begin_translation();
  const unsigned levels = some_levels();
  u64* const top = new_domain(roots, bench.source(), levels);
  for (const Case& c : cases) check_case(c, bench, top, levels);
  invalidate_all();
  check({"DM-56", "VT-d §9.8", "with both rights everywhere both go through"},
        bench.writes(input + 0x30, target + 0x7030) && bench.reads(input + 0x38, target + 0x7038));
  end_translation();
}

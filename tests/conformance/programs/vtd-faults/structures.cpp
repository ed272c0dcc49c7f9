#include "faults.h"

// §7.2.1: reasons 1, 8 and Ah of the root table, 2, 3, 9 and Bh of the context table.

using namespace vtd;

namespace {

constexpr const char* root_section = "VT-d §9.1";
constexpr const char* context_section = "VT-d §9.3";

struct RootCase {
  Rule rule;
  u64 low, high;  ///< beside the table's address
  bool keep;      ///< present, with its address
  u8 reason;
};

constexpr RootCase root_cases[] = {
    {{"VF-101", root_section, "reason 1: no root entry"}, 0, 0, false, 0x1},
    {{"VF-110", root_section, "reason Ah: bit 1 of a root entry"}, 0x002, 0, true, 0xA},
    {{"VF-111", root_section, "reason Ah: bit 11 of a root entry"}, 0x800, 0, true, 0xA},
    {{"VF-112", root_section, "reason Ah: the upper half of a root entry"}, 0, 1, true, 0xA},
    {{"VF-113", root_section, "reason Ah: bit 63 of a root entry's upper half"},
     0,
     u64{1} << 63,
     true,
     0xA},
};

struct ContextCase {
  Rule rule;
  u64 low, high;  ///< added to a good entry
  u8 reason;
};

constexpr ContextCase context_cases[] = {
    {{"VF-114", context_section, "reason Bh: bit 4 of a context entry"}, 0x010, 0, 0xB},
    {{"VF-115", context_section, "reason Bh: bit 11 of a context entry"}, 0x800, 0, 0xB},
    {{"VF-116", context_section, "reason Bh: bit 7 of the upper half"}, 0, 0x80, 0xB},
    {{"VF-117", context_section, "reason Bh: bit 24 of the upper half"}, 0, 1 << 24, 0xB},
    {{"VF-118", context_section, "reason Bh: bit 63 of the upper half"}, 0, u64{1} << 63, 0xB},
    {{"VF-119", context_section, "reason 3: the reserved translation type"}, 3 << 2, 0, 0x3},
};

void check_root_case(const RootCase& c, DmaBench& bench) {
  const Roots roots = begin_translation();
  new_domain(roots, bench.source(), some_levels());
  store(roots.root[1], c.high);
  store(roots.root[0], c.keep ? roots.root[0] | c.low : c.low);
  invalidate_all();
  check_write(c.rule, bench, input + 0x18, c.reason);
  end_translation();
}

void check_context_case(const ContextCase& c, DmaBench& bench) {
  const Roots roots = begin_translation();
  const u64 table = address(new_table());
  set_context(roots, bench.source(), table | present | c.low,
              domain(1) | width(some_levels()) | c.high);
  invalidate_all();
  check_read(c.rule, bench, input + 0x28, c.reason);
  end_translation();
}

void check_widths(DmaBench& bench) {
  for (unsigned levels = 2; levels <= 6; ++levels) {
    if (levels >= 3 && levels <= 5 && takes_levels(levels)) continue;
    const Roots roots = begin_translation();
    new_domain(roots, bench.source(), levels);
    invalidate_all();
    check_write({"VD-23", context_section, "reason 3: a width that the unit does not have"}, bench,
                0x1000, 0x3);
    end_translation();
  }
}

void check_types(DmaBench& bench) {
  const Rule through{"VF-120", context_section, "reason 3: pass-through without the capability"};
  const Rule device{"VF-121", context_section, "reason 3: device-TLBs without the capability"};
  const auto attempt_type = [&](const Rule& rule, u64 type) {
    const Roots roots = begin_translation();
    const u64 table = address(new_table());
    set_context(roots, bench.source(), table | present | type, domain(1) | width(some_levels()));
    invalidate_all();
    check_write(rule, bench, 0x1000, 0x3);
    end_translation();
  };
  extended(6) ? skip(through, "there is pass-through") : attempt_type(through, pass_through);
  extended(2) ? skip(device, "there are device-TLBs") : attempt_type(device, with_device_tlb);
}

}  // namespace

void check_root_faults(Bench& bench) {
  DmaBench& first = bench.first;
  for (const RootCase& c : root_cases) check_root_case(c, first);
  begin_translation();
  write64(reg::root, no_memory);
  command(global::root);
  invalidate_all();
  check_write({"VF-108", "VT-d §7.2.1", "reason 8: no memory at the root table's address"}, first,
              input, 0x8);
  end_translation();
}

void check_context_faults(Bench& bench) {
  DmaBench& first = bench.first;
  begin_translation();
  check_write({"VF-102", context_section, "reason 2: no context entry"}, first, input, 0x2);
  check_read({"VF-103", context_section, "reason 2: of a read, too"}, first, input, 0x2);
  end_translation();
  for (const ContextCase& c : context_cases) check_context_case(c, first);
  check_widths(first);
  check_types(first);
  const Roots roots = begin_translation();
  store(roots.root[0], no_memory | present);
  invalidate_all();
  check_write({"VF-109", "VT-d §7.2.1", "reason 9: no memory at the context table's address"},
              first, input, 0x9);
  end_translation();
}

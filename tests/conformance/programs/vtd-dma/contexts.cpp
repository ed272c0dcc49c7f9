#include "remapping.h"

// §3.4.2, §9.1 and §9.3: root and context entries.

using namespace vtd;

namespace {

constexpr u64 input = 0x7000;

void check_pass_through(DmaBench& bench) {
  const Rule rule{"VD-12", "VT-d §3.4.2", "pass-through leaves the address as it is"};
  if (!extended(6)) return skip(rule, "no pass-through");
  const Roots roots = begin_translation();
  unsigned levels = 5;
  while (!takes_levels(levels)) --levels;
  set_context(roots, bench.source(), present | pass_through, domain(3) | width(levels));
  invalidate_all();
  check(rule, bench.writes(target + 0x4560, target + 0x4560) &&
                  bench.reads(target + 0x4560, target + 0x4560));
  end_translation();
}

/// Each function has its own entry.
void check_two_functions(Devices& devices) {
  const Rule rule{"DM-40", "VT-d §3.4", "two functions have contexts of their own"};
  if (!devices.second.edu().exists()) return skip(rule, "one edu function");
  const Roots roots = begin_translation();
  const unsigned levels = some_levels();
  u64* const one = new_domain(roots, devices.first.source(), levels, 1);
  u64* const two = new_domain(roots, devices.second.source(), levels, 2);
  invalidate_all();
  map(one, levels, input, (target + 0x10000) | both);
  map(two, levels, input, (target + 0x20000) | both);
  check(rule, devices.first.writes(input, target + 0x10000) &&
                  devices.second.writes(input, target + 0x20000));
  set_context(roots, devices.second.source(), address(one) | present, domain(1) | width(levels));
  invalidate_all();
  check({"DM-41", "VT-d §3.4", "two functions can share a domain"},
        devices.first.writes(input + 8, target + 0x10008) &&
            devices.second.writes(input + 16, target + 0x10010));
  set_context(roots, devices.second.source(), 0, 0);
  invalidate_all();
  check({"DM-42", "VT-d §3.4", "one function's lost context is not the other's"},
        devices.first.writes(input + 24, target + 0x10018) &&
            !devices.second.writes(input + 32, target + 0x10020));
  end_translation();
}

/// A second root table takes over with everything below it.
void check_new_root(DmaBench& bench) {
  const Roots old = begin_translation();
  const unsigned levels = some_levels();
  map(new_domain(old, bench.source(), levels), levels, input, (target + 0x10000) | both);
  invalidate_all();
  const bool before = bench.writes(input, target + 0x10000);
  const Roots young = new_roots();
  map(new_domain(young, bench.source(), levels), levels, input, (target + 0x20000) | both);
  set_root(young);
  check({"VD-40", "VT-d §10.4.6", "a new root table can be set while translation is on"},
        before && bench.writes(input + 8, target + 0x20008));
  command(global::translation, false);
  check({"DM-43", "VT-d §10.4.4", "switched off nothing is translated any more"},
        bench.writes(target + 0x30000, target + 0x30000));
  command(global::translation);
  check({"DM-44", "VT-d §10.4.4", "switched on again all of it is there"},
        bench.writes(input + 16, target + 0x20010));
  end_translation();
}

/// The table pointer of RTADDR counts when the command takes it over.
void check_latched_root(DmaBench& bench) {
  const Roots roots = begin_translation();
  const unsigned levels = some_levels();
  map(new_domain(roots, bench.source(), levels), levels, input, (target + 0x10000) | both);
  invalidate_all();
  write64(reg::root, 0);
  invalidate_all();
  check({"DM-45", "VT-d §10.4.6", "the address register alone changes nothing"},
        bench.writes(input, target + 0x10000));
  end_translation();
}

}  // namespace

void check_contexts(Devices& devices) {
  check_pass_through(devices.first);
  check_two_functions(devices);
  check_new_root(devices.first);
  check_latched_root(devices.first);
}

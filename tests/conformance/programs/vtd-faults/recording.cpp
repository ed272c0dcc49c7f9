#include "faults.h"

// §7.2 and §7.3: what is recorded, where, and what is not.

using namespace vtd;

namespace {

constexpr u64 high_page = 0x5000;

bool recorded(DmaBench& bench, u64 at) {
  bench.write(at);
  return take_fault().valid();
}

void check_disabled_context(const Rule& rule, DmaBench& bench, u64 low, u64 high) {
  const Roots roots = begin_translation();
  const u64 table = address(new_table());
  set_context(roots, bench.source(), table | low, high);
  invalidate_all();
  check(rule, !recorded(bench, high_page));
  end_translation();
}

/// One record: a second source's fault is lost, and PFO says so; more of them: it has its own.
void check_second_fault(Bench& bench) {
  const Rule rule{"VF-05", "VT-d §7.3.1", "a second fault is recorded, or counted as an overflow"};
  if (!bench.second.edu().exists()) return skip(rule, "one edu function");
  begin_translation();
  bench.first.write(high_page);
  bench.second.write(high_page + 0x1000);
  const u32 status = read32(reg::fault_status);
  const unsigned first = status >> 8 & 0xFF;
  const Record one = record(first), two = record((first + 1) % record_count());
  check({"VF-07", "VT-d §10.4.9", "the index is that of the first record"},
        (status & fault::pending) && one.valid() && one.source() == bench.first.source());
  if (record_count() == 1)
    check(rule, status & fault::overflow);
  else
    check(rule,
          !(status & fault::overflow) && two.valid() && two.source() == bench.second.source());
  if (record_count() == 1) {
    clear_record(first);
    bench.second.write(high_page + 0x1000);
    const bool lost = !record(first).valid();
    check({"VF-06", "VT-d §7.3.1", "nothing is recorded until the overflow is cleared"}, lost);
  } else {
    clear_record(first);
    check({"VF-06", "VT-d §10.4.9", "pending stays while a record is valid"},
          read32(reg::fault_status) & fault::pending);
  }
  end_translation();
}

/// More faults of different pages than there are records.
void check_overflow(Bench& bench) {
  const Rule rule{"VF-160", "VT-d §7.3.1", "more faults than records: overflow, or one for all"};
  if (!bench.second.edu().exists()) return skip(rule, "one edu function");
  begin_translation();
  for (unsigned n = 0; n < record_count() + 1; ++n)
    (n % 2 ? bench.second : bench.first).write(high_page + 0x1000 * n);
  bool full = true;
  for (unsigned n = 0; n < record_count(); ++n) full &= record(n).valid();
  const bool overflow = read32(reg::fault_status) & fault::overflow;
  check(rule, overflow == full);
  clear_faults();
  equal({"VF-161", "VT-d §10.4.9", "all cleared, nothing is pending"},
        read32(reg::fault_status) & 3, 0);
  check({"VF-162", "VT-d §7.3.1", "and the next fault is recorded"},
        recorded(bench.first, high_page));
  end_translation();
}

void check_one_record(DmaBench& bench) {
  begin_translation();
  bench.write(high_page + 0x234);
  const u32 status = read32(reg::fault_status);
  const unsigned index = status >> 8 & 0xFF;
  check({"VF-163", "VT-d §10.4.9", "a record makes the status pending"}, status & fault::pending);
  equal({"VF-164", "VT-d §10.4.14", "the address is that of the page"}, record(index).low,
        high_page);
  write32(reg::fault_status, fault::pending);
  check({"VF-165", "VT-d §10.4.9", "pending is read-only: it follows the records"},
        read32(reg::fault_status) & fault::pending);
  command(global::translation, false);
  check({"VF-13", "VT-d §10.4.4", "records outlive translation"}, record(index).valid());
  clear_record(index);
  check({"VF-166", "VT-d §10.4.14", "a record is cleared by its F bit"}, !record(index).valid());
  check({"VF-167", "VT-d §10.4.9", "with the last record the status clears"},
        !(read32(reg::fault_status) & fault::pending));
  end_translation();
}

/// What a blocked read brings is not memory's.
void check_no_leak(DmaBench& bench) {
  const Roots roots = begin_translation();
  const unsigned levels = some_levels();
  u64* const top = new_domain(roots, bench.source(), levels);
  map(top, levels, high_page, target | writable);
  invalidate_all();
  const bool leaked = bench.reads(high_page, target);
  check({"VF-168", "VT-d §7.1", "a blocked read brings nothing of memory"}, !leaked);
  end_translation();
}

}  // namespace

void check_disabled(Bench& bench) {
  DmaBench& first = bench.first;
  const u64 good = domain(1) | width(some_levels());
  check_disabled_context({"VF-170", "VT-d §9.3", "FPD: a page that is not there is not recorded"},
                         first, present | no_faults, good);
  check_disabled_context({"VF-171", "VT-d §9.3", "FPD: nor a wrong width"}, first,
                         present | no_faults, domain(1) | 7);
  check_disabled_context({"VF-172", "VT-d §9.3", "FPD counts whether or not the entry is present"},
                         first, no_faults, good);
  check_disabled_context({"VF-173", "VT-d §9.3", "FPD: nor a reserved bit of the entry"}, first,
                         present | no_faults, good | u64{1} << 63);
}

void check_records(Bench& bench) {
  check_one_record(bench.first);
  check_second_fault(bench);
  check_overflow(bench);
  check_no_leak(bench.first);
}

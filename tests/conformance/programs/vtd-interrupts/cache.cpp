#include "remapped.h"
#include "runtime/apic.h"

// §6.2.6 and §6.5.2.7: entries that the unit may have cached.

using namespace vtd;

namespace {

constexpr u32 index = 72;
constexpr u64 first_entry = irte::present | irte::vector(vector);
constexpr u64 second_entry = irte::present | irte::vector(other_vector);

/// The entry has been used and is changed; before the invalidation either may answer.
template <class F>
void check_changed(const Rule& stale, const Rule& fresh, Bench& bench, F invalidate) {
  bench.table.set(index, first_entry);
  send(bench, message(index), 0, vector, 1);
  bench.table.store_only(index, second_entry | bench.table.destination_field(cpus[0].apic_id), 0);
  clear_all_interrupts();
  bench.edu.raise();
  soon([] { return all(vector) + all(other_vector) >= 1; });
  one_of(stale, all(vector), {{1, "goes on"}, {0, "is found out at once"}});
  invalidate();
  equal(fresh, send(bench, message(index), 0, other_vector, 1), 1);
}

}  // namespace

void check_cache(Bench& bench) {
  check_changed({"VI-24", "VT-d §6.2.6", "a changed entry before the invalidation"},
                {"IR-60", "VT-d §6.5.2.7", "globally invalidated the new one is used"}, bench,
                [] { perform(descriptor::all_entries()); });
  check_changed({"IR-61", "VT-d §6.2.6", "the same, again"},
                {"IR-62", "VT-d §6.5.2.7", "invalidated by index the new one is used"}, bench,
                [] { perform(descriptor::entries(index, 0)); });
  check_changed({"IR-63", "VT-d §6.2.6", "the same, once more"},
                {"VI-25", "VT-d §6.5.2.7", "invalidated among eight the new one is used"}, bench,
                [] { perform(descriptor::entries(index & ~7u, 3)); });
  bench.table.set(index, 0);
  send(bench, message(index), 0, vector, 0);
  clear_faults();
  bench.table.store_only(index, first_entry | bench.table.destination_field(cpus[0].apic_id), 0);
  equal({"IR-64", "VT-d §6.1", "without caching mode an entry can become present by itself"},
        capability(7) ? 1 : send(bench, message(index), 0, vector, 1), 1);
  clear_faults();
}

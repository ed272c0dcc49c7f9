#include "remapped.h"
#include "runtime/apic.h"

// §5.1.2: which format a request has, and which entry it names.

using namespace vtd;

namespace {

u64 compatible() { return 0xFEE00000 | u64{cpus[0].apic_id} << 12; }

/// The engine writes all 32 bits of the data, which MSI has not.
void check_wide_data(Bench& bench) {
  static volatile u32 data;
  constexpr u32 offset = 0x80;
  data = 0x00010000;
  bench.edu.load(address(&data), offset, 4);
  bench.table.set(8, irte::present | irte::vector(vector));
  clear_faults();
  clear_all_interrupts();
  bench.edu.store(offset, message(8, true), 4);
  delay(50'000);
  const Record record = take_fault();
  check({"VI-12", "VT-d §5.1.2.2", "reason 20h: bits 31:16 of the data with a subhandle"},
        all(vector) == 0 && record.valid() && record.reason() == 0x20);
  equal({"IR-04", "VT-d §5.1", "a write of a device's engine carries its id, as MSI does"},
        record.source(), bench.source());
}

void check_handles(Bench& bench) {
  InterruptTable& table = bench.table;
  bool right = true;
  constexpr u32 handles[] = {0, 1, 77, 255};
  for (u32 handle : handles) {
    table.set(handle, irte::present | irte::vector(vector));
    right &= send(bench, message(handle), 0, vector, 1) == 1;
    table.set(handle, 0);
  }
  check({"IR-01", "VT-d §5.1.3", "the handle is the index of the entry"}, right);
  table.set(5, irte::present | irte::vector(vector));
  table.set(12, irte::present | irte::vector(other_vector));
  equal({"VI-23", "VT-d §5.1.3", "with SHV the data is added to the handle"},
        send(bench, message(5, true), 7, other_vector, 1), 1);
  equal({"IR-02", "VT-d §5.1.3", "without SHV the data means nothing"},
        send(bench, message(5), 7, vector, 1), 1);
}

}  // namespace

void check_formats(Bench& bench) {
  equal({"VI-15", "VT-d §5.1.4", "without remapping messages are what they were"},
        send(bench, compatible(), vector, vector, 1), 1);
  check({"IR-00", "VT-d §10.4.4", "the table is taken over"}, bench.table.take_over());
  command(global::remapping);
  command(global::compatibility, false);
  check_blocked({"VI-13", "VT-d §5.1.4", "reason 25h: compatibility format, not allowed"}, bench,
                compatible(), vector, 0x25, 0);
  command(global::compatibility);
  equal({"VI-14", "VT-d §5.1.4", "allowed, it passes as it is"},
        send(bench, compatible(), vector, vector, 1), 1);
  command(global::compatibility, false);
  clear_faults();
  check_handles(bench);
  check_wide_data(bench);
  command(global::remapping, false);
  equal({"IR-03", "VT-d §10.4.4", "switched off compatibility format passes again"},
        send(bench, compatible(), vector, vector, 1), 1);
  command(global::remapping);
}

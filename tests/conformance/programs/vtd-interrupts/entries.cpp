#include "remapped.h"

// §5.1.4 and §7.2.4: requests that are blocked, with their reasons.

using namespace vtd;

namespace {

constexpr u32 index = 50;
constexpr u64 good = irte::present | irte::vector(vector);
constexpr u64 no_memory = 0x7FFFFFF000;

struct Reserved {
  Rule rule;
  u64 low, high;
};

constexpr const char* section = "VT-d §9.10";
constexpr Reserved reserved[] = {
    {{"IR-20", section, "reason 24h: bit 12"}, 1 << 12, 0},
    {{"IR-21", section, "reason 24h: bit 24"}, 1 << 24, 0},
    {{"IR-22", section, "reason 24h: bit 31"}, u64{1} << 31, 0},
    {{"IR-23", section, "reason 24h: destination bits 39:32 without extended mode"},
     u64{1} << 32,
     0},
    {{"IR-24", section, "reason 24h: destination bits 63:48 without extended mode"},
     u64{1} << 63,
     0},
    {{"IR-25", section, "reason 24h: bit 20 of the upper half"}, 0, 1 << 20},
    {{"IR-26", section, "reason 24h: bit 63 of the upper half"}, 0, u64{1} << 63},
};

void check_reserved(Bench& bench) {
  for (const Reserved& r : reserved) {
    bench.table.set(index, good | r.low, r.high);
    check_blocked(r.rule, bench, message(index), 0, 0x24, index);
  }
  const Rule posted{"VI-11", "VT-d §9.10", "reason 24h: a posted entry without the capability"};
  if (capability(59)) return skip(posted, "there are posted interrupts");
  bench.table.set(index, good | irte::posted);
  check_blocked(posted, bench, message(index), 0, 0x24, index);
}

void check_table_size(Bench& bench) {
  bench.table.take_over(3);
  bench.table.set(15, good);
  equal({"IR-27", "VT-d §10.4.29", "of 16 entries the last one"},
        send(bench, message(15), 0, vector, 1), 1);
  bench.table.set(16, good);
  check_blocked({"IR-28", "VT-d §5.1.4", "reason 21h: an index behind the table"}, bench,
                message(16), 0, 0x21, 16);
  check_blocked({"IR-29", "VT-d §5.1.4", "reason 21h: by handle and subhandle"}, bench,
                message(15, true), 1, 0x21, 16);
  write64(reg::table_address, no_memory | 7);
  command(global::table);
  bench.table.invalidate();
  check_blocked({"VI-10", "VT-d §5.1.4", "reason 23h: no memory where the table is"}, bench,
                message(2), 0, 0x23, 2);
  bench.table.take_over();
}

}  // namespace

void check_entries(Bench& bench) {
  bench.table.set(index, 0);
  check_blocked({"IR-30", "VT-d §5.1.4", "reason 22h: an entry that is not present"}, bench,
                message(index), 0, 0x22, index);
  bench.table.set(index, irte::no_faults);
  clear_faults();
  const u32 came = send(bench, message(index), 0, vector, 0);
  check({"IR-31", "VT-d §9.10", "fault processing disabled: blocked without a record"},
        came == 0 && !take_fault().valid());
  check_reserved(bench);
  check_table_size(bench);
}

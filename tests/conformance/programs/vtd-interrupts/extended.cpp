#include "remapped.h"
#include "runtime/apic.h"

// §5.1.4 and §9.10 with EIME: destinations of 32 bits.

using namespace vtd;

namespace {

constexpr u32 index = 100;

void check_in_x2apic(Bench& bench) {
  run_on_all([] {
    apic::enter(apic::Mode::x2apic);
    apic::enable();
  });
  bool right = true;
  for (unsigned n = 0; n < cpu_count; ++n) {
    bench.table.set_for(index, cpus[n].apic_id, irte::present | irte::vector(vector));
    right &= send(bench, message(index), 0, vector, 1) == 1 &&
             const_cast<volatile u32&>(cpus[n].interrupts[vector]) == 1;
  }
  check({"VI-20", "VT-d §9.10", "extended mode: the id is in bits 63:32"}, right);
  bench.table.set_for(index, 0xFFFFFF00 | cpus[0].apic_id, irte::present | irte::vector(vector));
  equal({"IR-80", "VT-d §9.10", "all 32 bits of it count"},
        send(bench, message(index), 0, vector, 0), 0);
  const u32 logical_id = apic::read(apic::reg::ldr);
  bench.table.set_for(index, logical_id, irte::present | irte::logical | irte::vector(vector));
  equal({"IR-81", "VT-d §9.10", "logical destinations are x2APIC's"},
        send(bench, message(index), 0, vector, 1), 1);
}

}  // namespace

void check_extended(Bench& bench) {
  const Rule rule{"VI-20", "VT-d §9.10", "extended mode: the id is in bits 63:32"};
  if (!vtd::extended(4)) return skip(rule, "no extended interrupt mode");
  if (!apic::has_x2apic()) return skip(rule, "no x2APIC");
  bench.table.take_over(7, true);
  command(global::compatibility);
  clear_faults();
  check_blocked(
      {"IR-82", "VT-d §5.1.4", "in extended mode compatibility format is never let through"}, bench,
      0xFEE00000 | u64{cpus[0].apic_id} << 12, vector, 0x25, 0);
  command(global::compatibility, false);
  check_in_x2apic(bench);
}

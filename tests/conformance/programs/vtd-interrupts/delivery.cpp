#include "remapped.h"
#include "runtime/apic.h"

// §9.10: what an entry makes of a request.

using namespace vtd;

namespace {

constexpr const char* section = "VT-d §9.10";
constexpr u32 index = 40;
volatile u32 nmis;

u32 of(unsigned cpu) { return const_cast<volatile u32&>(cpus[cpu].interrupts[vector]); }
u32 request(Bench& bench, u32 expected) { return send(bench, message(index), 0, vector, expected); }

void check_destinations(Bench& bench) {
  bool right = true;
  for (unsigned n = 0; n < cpu_count; ++n) {
    bench.table.set_for(index, cpus[n].apic_id, irte::present | irte::vector(vector));
    right &= request(bench, 1) == 1 && of(n) == 1;
  }
  check({"IR-10", section, "physical: the processor with the id of bits 47:40"}, right);
  run_on_all([] {
    apic::write(apic::reg::dfr, 0xFFFFFFFF);
    apic::write(apic::reg::ldr, 1u << (24 + this_cpu().number));
  });
  const u32 everyone = (1u << cpu_count) - 1;
  bench.table.set_for(index, everyone, irte::present | irte::logical | irte::vector(vector));
  equal({"IR-11", section, "logical: every processor of the set"}, request(bench, cpu_count),
        cpu_count);
  bench.table.set_for(
      index, everyone,
      irte::present | irte::logical | irte::hint | irte::lowest_priority | irte::vector(vector));
  equal({"VI-28", section, "logical with hint and lowest priority: one of them"}, request(bench, 1),
        1);
}

void check_trigger(Bench& bench) {
  bench.table.set(index, irte::present | irte::level | irte::vector(vector));
  disable_interrupts();
  bench.edu.set_message(message(index), 0);
  bench.edu.raise();
  const bool set = soon([] { return apic::vector_bit(apic::reg::irr, vector); });
  const bool level = apic::vector_bit(apic::reg::tmr, vector);
  enable_interrupts();
  delay(50'000);
  check({"IR-12", section, "the entry's trigger mode is what the local APIC sees"}, set && level);
  bench.table.set(index, irte::present | irte::vector(vector));
  request(bench, 1);
  check({"IR-13", section, "edge again"}, !apic::vector_bit(apic::reg::tmr, vector));
}

}  // namespace

void check_delivery(Bench& bench) {
  check_destinations(bench);
  check_trigger(bench);
  set_handler(2, [](Frame&) { ++nmis; });
  bench.table.set(index, irte::present | irte::nmi | irte::vector(vector));
  const u32 came = request(bench, 0);
  check({"IR-14", section, "the entry's delivery mode: NMI"},
        soon([] { return nmis == 1; }) && came == 0);
  bench.table.set(index, irte::present | irte::vector(other_vector));
  equal({"IR-15", section, "vector and mode are the entry's, not the message's"},
        send(bench, message(index), 0x4000 | vector, other_vector, 1), 1);
}

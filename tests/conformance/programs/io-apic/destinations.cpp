#include "io_apic.h"

// §3.2.4, bits 63:56 and 11: who receives an interrupt.

using namespace io_apic;

namespace {

constexpr u8 vector = 0x85;

u32 of(unsigned cpu) { return const_cast<volatile u32&>(cpus[cpu].interrupts[vector]); }
u32 all() {
  u32 sum = 0;
  for (unsigned n = 0; n < cpu_count; ++n) sum += of(n);
  return sum;
}

/// An interrupt that so many processors should take.
void pulse_to(u64 entry, u32 receivers) {
  clear_all_interrupts();
  program(pin_a, entry | vector);
  pulse(pin_a);
  comes([=] { return all() >= receivers; });
}

unsigned members(unsigned set) {
  unsigned count = 0;
  for (; set != 0; set &= set - 1) ++count;
  return count;
}

/// Flat model: processor n has the logical id 1 << n.
void set_logical_ids() {
  run_on_all([] {
    apic::write(apic::reg::dfr, 0xFFFFFFFF);
    apic::write(apic::reg::ldr, 1u << (24 + this_cpu().number));
  });
}

void check_physical() {
  bool right = true;
  for (unsigned n = 0; n < cpu_count; ++n) {
    pulse_to(rte::to(cpus[n].apic_id), 1);
    right &= of(n) == 1 && all() == 1;
  }
  check({"IO-23", "82093AA §3.2.4", "physical mode: the processor with the id, and no other"},
        right);
  pulse_to(rte::to(0xFF), cpu_count);
  bool each = true;
  for (unsigned n = 0; n < cpu_count; ++n) each &= of(n) == 1;
  check({"IA-50", "Vol. 3 §11.6.2.1", "physical mode: FFH is all of them"}, each);
  pulse_to(rte::to(0x7E), 0);
  equal({"IA-51", "Vol. 3 §11.6.2.1", "an id that no processor has is nobody"}, all(), 0);
}

void check_logical() {
  set_logical_ids();
  bool right = true;
  const unsigned sets = 1u << cpu_count;
  for (unsigned set = 1; set < sets; ++set) {
    pulse_to(rte::logical | rte::to(set), members(set));
    for (unsigned n = 0; n < cpu_count; ++n) right &= of(n) == (set >> n & 1);
  }
  check({"IO-24", "82093AA §3.2.4", "logical mode: each processor of the set once"}, right);
  bool one = true;
  for (unsigned set = 1; set < sets; ++set) {
    pulse_to(rte::logical | rte::lowest_priority | rte::to(set), 1);
    one &= all() == 1;
    for (unsigned n = 0; n < cpu_count; ++n) one &= of(n) == 0 || (set >> n & 1);
  }
  check({"IA-52", "82093AA §3.2.4", "lowest priority: exactly one processor of the set"}, one);
}

void check_lowest_priority() {
  if (cpu_count < 2) return;
  const Rule rule = {"IA-53", "Vol. 3 §11.6.2.4",
                     "lowest priority goes to the processor with the lower task priority"};
  run_on(0, [] { apic::write(apic::reg::tpr, 0xF0); });
  pulse_to(rte::logical | rte::lowest_priority | rte::to(3), 1);
  const bool second = of(1) == 1;
  run_on(0, [] { apic::write(apic::reg::tpr, 0); });
  settle();
  run_on(1, [] { apic::write(apic::reg::tpr, 0xF0); });
  pulse_to(rte::logical | rte::lowest_priority | rte::to(3), 1);
  const bool first = of(0) == 1;
  run_on(1, [] { apic::write(apic::reg::tpr, 0); });
  settle();
  one_of(rule, first && second, {{1, "by priority"}, {0, "any: arbitration is model-specific"}});
}

void check_level_elsewhere() {
  if (cpu_count < 2) return;
  program(pin_a, rte::level | rte::to(cpus[1].apic_id) | vector);
  clear_all_interrupts();
  // The handler of the other processor counts and ends; the line is still active then.
  line(pin_a, true);
  comes([] { return of(1) >= 1; });
  line(pin_a, false);
  comes([] { return !remote_irr(pin_a); });
  check({"IA-54", "Vol. 3 §11.8.5", "an EOI of any processor ends a level interrupt"},
        of(1) >= 1 && of(0) == 0 && !remote_irr(pin_a));
}

}  // namespace

void check_destinations() {
  enable_interrupts();
  check_physical();
  check_logical();
  check_lowest_priority();
  check_level_elsewhere();
  disable_interrupts();
  quiet();
}

#include "io_apic.h"

// §3.2.4, bit 15 clear: an interrupt per edge.

using namespace io_apic;

namespace {

constexpr u8 vector_a = 0x76, vector_b = 0x65;
u64 me() { return rte::to(this_cpu().apic_id); }

void check_pulses() {
  enable_interrupts();
  program(pin_a, me() | vector_a);
  pulse(pin_a);
  equal({"IA-10", "82093AA §3.2.4", "an edge is an interrupt with the entry's vector"},
        taken(vector_a, 1), 1);
  pulse(pin_a);
  equal({"IO-34", "82093AA §3.2.4", "a second edge is a second one"}, taken(vector_a, 2), 2);
  line(pin_a, true);
  line(pin_a, true);
  equal({"IA-11", "82093AA §3.2.4", "a line that stays active is none"}, taken(vector_a, 3), 3);
  line(pin_a, false);
  equal({"IA-12", "82093AA §3.2.4", "the falling edge is none"}, taken(vector_a, 3), 3);
  check({"IA-13", "82093AA §3.2.4", "remote IRR stays clear"}, !remote_irr(pin_a));
  disable_interrupts();
  quiet();
}

void check_local_merge() {
  program(pin_a, me() | vector_a);
  pulse(pin_a);
  arrives(vector_a);
  pulse(pin_a);
  settle();
  equal({"IA-14", "Vol. 3 §11.8.4", "two edges before the first is taken are one interrupt"},
        taken_enabled(vector_a, 1), 1);
  check({"IA-15", "Vol. 3 §11.8.4", "an edge leaves the TMR bit clear"},
        !apic::vector_bit(apic::reg::tmr, vector_a));
  quiet();
}

void check_simultaneous() {
  program(pin_a, me() | vector_a);
  program(pin_b, me() | vector_b);
  pulse(pin_b);
  pulse(pin_a);
  arrives(vector_a);
  arrives(vector_b);
  taken_enabled(vector_b, 1);
  const Cpu& cpu = this_cpu();
  check({"IO-12", "Vol. 3 §11.8.3", "of two that wait the higher vector is taken first"},
        cpu.order_count == 2 && cpu.order[0] == vector_a && cpu.order[1] == vector_b);
  quiet();
}

void check_mask() {
  enable_interrupts();
  program(pin_a, me() | rte::masked | vector_a);
  pulse(pin_a);
  program(pin_a, me() | vector_a);
  equal({"IA-16", "82093AA §3.2.4", "an edge at a masked pin is neither sent nor held"},
        taken(vector_a, 0), 0);
  line(pin_a, true);
  taken(vector_a, 1);
  write_low(pin_a, rte::masked | vector_a);
  line(pin_a, false);
  pulse(pin_a);
  write_low(pin_a, vector_a);
  pulse(pin_a);
  equal({"IO-35", "82093AA §3.2.4", "the line is followed while masked: two edges in all"},
        taken(vector_a, 2), 2);
  line(pin_a, true);
  const u32 before = taken(vector_a, 3);
  write_low(pin_a, rte::masked | vector_a);
  write_low(pin_a, vector_a);
  equal({"IA-17", "82093AA §3.2.4", "unmasking a pin whose line is active is no edge"},
        taken(vector_a, before), before);
  line(pin_a, false);
  disable_interrupts();
  quiet();
}

}  // namespace

void check_edge() {
  check_pulses();
  check_local_merge();
  check_simultaneous();
  check_mask();
}

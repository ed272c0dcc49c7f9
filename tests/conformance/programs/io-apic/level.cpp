#include "io_apic.h"

// §3.2.4, bit 15 set: remote IRR from acceptance to EOI.

using namespace io_apic;

namespace {

constexpr u8 vector_a = 0x84, vector_b = 0x83;
u64 me() { return rte::to(this_cpu().apic_id); }

// What the handler does with the line and the entry before its EOI.
volatile u32 calls;
volatile u32 lower_at;  ///< the call that lowers the line
volatile bool mask_it;

void level_handler(Frame& frame) {
  ++calls;
  if (calls >= lower_at) line(pin_a, false);
  if (mask_it) write_low(pin_a, rte::masked | rte::level | frame.vector);
  apic::end_interrupt();
}

void start(u32 lower_at_call, bool mask = false) {
  calls = 0;
  lower_at = lower_at_call;
  mask_it = mask;
  set_handler(vector_a, level_handler);
  program(pin_a, me() | rte::level | vector_a);
  enable_interrupts();
}

u32 calls_after(u32 expected) {
  comes([=] { return calls >= expected; });
  return calls;
}

void stop() {
  disable_interrupts();
  quiet();
  count_interrupts(vector_a, vector_a);
}

void check_life() {
  start(1);
  line(pin_a, true);
  equal({"IA-20", "82093AA §3.2.4", "an active line is an interrupt"}, calls_after(1), 1);
  check({"IA-21", "82093AA §3.2.4", "EOI with the line inactive clears remote IRR"},
        !remote_irr(pin_a));
  line(pin_a, true);
  equal({"IO-14", "82093AA §3.2.4", "the next assertion is the next interrupt"}, calls_after(2), 2);
  stop();
  start(3);
  line(pin_a, true);
  equal({"IO-16", "82093AA §3.2.4", "while the line stays active every EOI is followed by one"},
        calls_after(3), 3);
  stop();
}

/// With interrupts disabled, step by step.
void check_remote_irr() {
  program(pin_a, me() | rte::level | vector_b);
  line(pin_a, true);
  arrives(vector_b);
  check({"IA-22", "82093AA §3.2.4", "remote IRR is set when a local APIC has accepted"},
        remote_irr(pin_a));
  check({"IA-23", "Vol. 3 §11.8.4", "the TMR bit is set with it"},
        apic::vector_bit(apic::reg::tmr, vector_b));
  line(pin_a, false);
  check({"IA-24", "82093AA §3.2.4", "a line that goes inactive does not clear remote IRR"},
        remote_irr(pin_a));
  line(pin_a, true);
  line(pin_a, false);
  equal({"IO-32", "82093AA §3.2.4", "line raised, lowered, raised before EOI: one interrupt"},
        taken_enabled(vector_b, 1), 1);
  check({"IA-25", "82093AA §3.2.4", "EOI clears remote IRR"}, !remote_irr(pin_a));
  quiet();
}

void check_mask() {
  start(2, true);
  line(pin_a, true);
  equal({"IA-26", "82093AA §3.2.4", "masked in its handler: EOI is followed by none"},
        calls_after(1), 1);
  mask_it = false;
  write_low(pin_a, rte::level | vector_a);
  equal({"IO-18", "82093AA §3.2.4", "unmasking with the line active interrupts"}, calls_after(2),
        2);
  stop();
  program(pin_a, me() | rte::level | vector_b);
  line(pin_a, true);
  arrives(vector_b);
  write_low(pin_a, rte::masked | rte::level | vector_b);
  write_low(pin_a, rte::level | vector_b);
  check({"IO-28", "82093AA §3.2.4", "mask and unmask leave remote IRR set"}, remote_irr(pin_a));
  line(pin_a, false);
  equal({"IA-27", "82093AA §3.2.4", "and deliver nothing more"}, taken_enabled(vector_b, 1), 1);
  quiet();
  program(pin_a, me() | rte::masked | rte::level | vector_b);
  line(pin_a, true);
  line(pin_a, false);
  write_low(pin_a, rte::level | vector_b);
  equal({"IA-28", "82093AA §3.2.4", "an assertion that came and went while masked is nothing"},
        taken_enabled(vector_b, 0), 0);
  quiet();
}

void check_shared_vector() {
  program(pin_a, me() | rte::level | vector_b);
  program(pin_b, me() | rte::level | vector_b);
  line(pin_a, true);
  line(pin_b, true);
  arrives(vector_b);
  const bool both = remote_irr(pin_a) && remote_irr(pin_b);
  line(pin_a, false);
  line(pin_b, false);
  taken_enabled(vector_b, 1);
  check({"IO-42", "Vol. 3 §11.8.5", "one EOI ends every level entry with its vector"},
        both && !remote_irr(pin_a) && !remote_irr(pin_b));
  quiet();
}

void check_eoi_register() {
  const Rule ends = {"IO-38", "ICH9 §13.5.4", "the EOI register ends the entries of a vector"};
  const Rule other = {"IA-29", "ICH9 §13.5.4", "and no others"};
  if (!has_eoi_register()) {
    skip(ends, "version before 0x20");
    return skip(other, "version before 0x20");
  }
  program(pin_a, me() | rte::level | vector_b);
  line(pin_a, true);
  arrives(vector_b);
  line(pin_a, false);
  at(0x40) = vector_b + 1;
  const bool stays = remote_irr(pin_a);
  at(0x40) = vector_b;
  check(ends, !remote_irr(pin_a));
  check(other, stays);
  taken_enabled(vector_b, 1);
  quiet();
}

void check_suppressed_broadcast() {
  const Rule rule = {"IA-30", "Vol. 3 §11.8.5", "with SVR bit 12 set an EOI is not broadcast"};
  if (!(apic::read(apic::reg::version) >> 24 & 1) || !has_eoi_register())
    return skip(rule, "EOI broadcasts cannot be suppressed");
  apic::write(apic::reg::svr, apic::svr_enable | apic::svr_suppress_broadcast | 0xFF);
  program(pin_a, me() | rte::level | vector_b);
  line(pin_a, true);
  arrives(vector_b);
  line(pin_a, false);
  const u32 count = taken_enabled(vector_b, 1);
  check(rule, count == 1 && remote_irr(pin_a));
  at(0x40) = vector_b;
  apic::enable();
  check({"IA-31", "Vol. 3 §11.8.5", "the EOI register does instead"}, !remote_irr(pin_a));
  quiet();
}

}  // namespace

void check_level() {
  check_life();
  check_remote_irr();
  check_mask();
  check_shared_vector();
  check_eoi_register();
  check_suppressed_broadcast();
}

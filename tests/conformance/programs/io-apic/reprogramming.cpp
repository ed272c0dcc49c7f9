#include "io_apic.h"

// Entries that software changes while they are in use.

using namespace io_apic;

namespace {

constexpr u8 vector_a = 0x64, vector_b = 0x94;
u64 me() { return rte::to(this_cpu().apic_id); }

void check_implicit_end() {
  program(pin_a, me() | rte::level | vector_a);
  line(pin_a, true);
  arrives(vector_a);
  const bool set = remote_irr(pin_a);
  line(pin_a, false);
  write_low(pin_a, rte::masked | vector_a);
  check({"IA-40", "82093AA §3.2.4", "remote IRR is undefined, and shown clear, for edge"},
        set && !remote_irr(pin_a));
  write_low(pin_a, rte::level | vector_a);
  const bool clear = !remote_irr(pin_a);
  line(pin_a, true);
  settle();
  check({"IO-29", "82093AA §3.2.4", "from level to edge and back ends an interrupt without EOI"},
        clear && remote_irr(pin_a));
  line(pin_a, false);
  taken_enabled(vector_a, 1);
  quiet();
}

void check_stale_bits() {
  program(pin_a, me() | rte::level | vector_a);
  line(pin_a, true);
  arrives(vector_a);
  const u32 stale = low(pin_a);
  line(pin_a, false);
  const u32 first = taken_enabled(vector_a, 1);
  write_low(pin_a, stale & ~rte::level);
  pulse(pin_a);
  const u32 second = taken_enabled(vector_a, 2);
  check({"IO-30", "82093AA §3.2.4", "a stale remote IRR that is written back has no effect"},
        (stale & rte::remote_irr) && first == 1 && second == 2);
  quiet();
}

void check_new_destination() {
  program(pin_a, me() | rte::level | vector_a);
  program(pin_b, me() | rte::level | vector_b);
  line(pin_a, true);
  line(pin_b, true);
  arrives(vector_a);
  arrives(vector_b);
  write_high(pin_a, 0x7Eu << 24);
  write_high(pin_b, 0x7Eu << 24);
  line(pin_a, false);
  line(pin_b, false);
  taken_enabled(vector_a, 1);
  check({"IO-22", "82093AA §3.2.4", "a new destination does not disturb interrupts in service"},
        taken(vector_a, 1) == 1 && taken(vector_b, 1) == 1 && !remote_irr(pin_a) &&
            !remote_irr(pin_b));
  quiet();
}

void check_new_vector() {
  program(pin_a, me() | rte::level | vector_a);
  line(pin_a, true);
  arrives(vector_a);
  line(pin_a, false);
  write_low(pin_a, rte::level | vector_b);
  taken_enabled(vector_a, 1);
  const Rule rule = {"IA-41", "82093AA §3.2.4", "EOI is matched with the entry's present vector"};
  check(rule, remote_irr(pin_a));
  write_low(pin_a, rte::masked | vector_b);
  quiet();
}

void check_trigger_change() {
  program(pin_a, me() | vector_a);
  line(pin_a, true);
  const u32 edge = taken_enabled(vector_a, 1);
  write_low(pin_a, rte::level | vector_a);
  arrives(vector_a);
  check({"IA-42", "82093AA §3.2.4", "an active line interrupts when its entry becomes level"},
        edge == 1 && remote_irr(pin_a));
  line(pin_a, false);
  taken_enabled(vector_a, 2);
  quiet();
}

void check_polarity() {
  program(pin_a, me() | rte::masked | rte::level | rte::active_low | vector_a);
  line(pin_a, true);
  write_low(pin_a, rte::level | rte::active_low | vector_a);
  settle();
  const bool rests = !remote_irr(pin_a);
  line(pin_a, false);
  arrives(vector_a);
  check({"IO-36", "82093AA §3.2.4", "with bit 13 set a line is active when it is low"},
        rests && remote_irr(pin_a));
  line(pin_a, true);
  taken_enabled(vector_a, 1);
  check({"IA-43", "82093AA §3.2.4", "and inactive when it is high"}, !remote_irr(pin_a));
  program(pin_a, rte::masked);
  quiet();
}

}  // namespace

void check_reprogramming() {
  check_implicit_end();
  check_stale_bits();
  check_new_destination();
  check_new_vector();
  check_trigger_change();
  check_polarity();
}

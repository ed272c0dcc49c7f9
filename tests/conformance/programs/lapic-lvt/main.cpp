#include "runtime/modes.h"

// SDM Vol. 3 §11.5.1 and §11.4.7.2.

namespace {

using namespace apic;

constexpr const char* section = "Vol. 3 §11.5.1";
constexpr const char* section_disable = "Vol. 3 §11.4.7.2";
constexpr u8 timer_vector = 0x41;
constexpr u32 entries[] = {reg::lvt_timer, reg::lvt_thermal, reg::lvt_performance,
                           reg::lvt_lint0, reg::lvt_lint1,   reg::lvt_error};

void quiet() {
  disable_interrupts();
  for (const u32 entry : entries) write(entry, lvt::masked);
  write(reg::initial_count, 0);
  drain();
  interrupt_window();
  drain();
  clear_interrupts();
}

u32 taken(u8 vector) { return this_cpu().interrupts[vector]; }

/// Runs the timer to its end.
void expire() {
  write(reg::divide, 0xB);
  write(reg::initial_count, 100);
  wait_until([] { return read(reg::current_count) == 0; });
  wait_until([] { return vector_bit(reg::irr, timer_vector); }, 1'000'000);
}

void check_entries() {
  unsigned wrong = 0;
  for (const u32 entry : entries) {
    for (u32 vector = 0x20; vector < 0x100; vector += 0x11) {
      write(entry, lvt::masked | vector);
      wrong += read(entry) != (lvt::masked | vector);
    }
    write(entry, lvt::masked);
  }
  equal({"LV-01", section, "every entry keeps its vector"}, wrong, 0);
  constexpr u32 with_mode[] = {reg::lvt_thermal, reg::lvt_performance, reg::lvt_lint0,
                               reg::lvt_lint1};
  constexpr u32 modes[] = {0, 2 << 8, 4 << 8, 5 << 8, 7 << 8};
  for (const u32 entry : with_mode) {
    for (const u32 delivery : modes) {
      write(entry, lvt::masked | delivery);
      wrong += read(entry) != (lvt::masked | delivery);
    }
    write(entry, lvt::masked);
  }
  equal({"LV-02", section, "fixed, SMI, NMI, INIT and ExtINT can be chosen"}, wrong, 0);
}

/// Software disable: masks everything, and the masks cannot be taken away.
void check_software_disable() {
  quiet();
  for (const u32 entry : entries) write(entry, 0x45);
  pend(0x61);
  write(reg::svr, spurious_vector);
  unsigned unmasked = 0, unmaskable = 0;
  for (const u32 entry : entries) {
    unmasked += !(read(entry) & lvt::masked);
    write(entry, 0x45);
    unmaskable += !(read(entry) & lvt::masked);
  }
  equal({"LV-03", section_disable, "software disable sets all mask bits"}, unmasked, 0);
  equal({"LV-04", section_disable, "they cannot be cleared while it lasts"}, unmaskable, 0);
  check({"LV-05", section_disable, "what is in IRR stays there"}, vector_bit(reg::irr, 0x61));
  send_ipi(icr::to_self | 0x62);
  delay(100'000);
  check({"LV-06", section_disable, "fixed interrupts are not accepted"},
        !vector_bit(reg::irr, 0x62));
  write(reg::tpr, 0x20);
  write(reg::divide, 0xB);
  equal({"LV-07", section_disable, "registers can be written"},
        read(reg::divide) << 8 | read(reg::tpr), 0xB20);
  write(reg::tpr, 0);
  enable();
  unsigned masked = 0;
  for (const u32 entry : entries) masked += (read(entry) & lvt::masked) != 0;
  equal({"LV-08", section_disable, "software enable leaves the entries masked"}, masked,
        sizeof entries / sizeof *entries);
  interrupt_window();
  equal({"LV-09", section_disable, "what was in IRR is taken then"}, taken(0x61), 1);
}

void check_timer_entry() {
  quiet();
  write(reg::lvt_timer, timer_vector);
  expire();
  check({"LV-10", section, "an expiry of the timer sets the vector of its entry in IRR"},
        vector_bit(reg::irr, timer_vector));
  interrupt_window();
  equal({"LV-11", section, "and is taken once"}, taken(timer_vector), 1);
  write(reg::lvt_timer, lvt::masked | timer_vector);
  expire();
  check({"XA-60", section, "with the entry masked nothing comes"},
        !vector_bit(reg::irr, timer_vector));
  write(reg::lvt_timer, timer_vector);
  delay(10'000);
  check({"LV-12", section, "and an expiry is not kept until it is unmasked"},
        !vector_bit(reg::irr, timer_vector));
  write(reg::lvt_timer, timer_vector);
  expire();
  equal({"LV-13", section, "the delivery status is idle once it is in IRR"},
        read(reg::lvt_timer) & 1 << 12, 0);
  equal({"LV-14", section, "timer interrupts are edge-triggered"},
        vector_bit(reg::tmr, timer_vector), 0);
  quiet();
}

/// LINT1 carries NMI on a PC and is not driven: nothing may come from entries alone.
void check_pins() {
  quiet();
  write(reg::lvt_lint0, 0x51);
  write(reg::lvt_lint1, 0x52);
  delay(10'000);
  check({"LV-15", section, "pins that are low raise nothing"},
        !vector_bit(reg::irr, 0x51) && !vector_bit(reg::irr, 0x52));
  equal({"LV-16", section, "remote IRR is 0"},
        (read(reg::lvt_lint0) | read(reg::lvt_lint1)) & 1 << 14, 0);
  quiet();
}

void check_error_entry() {
  quiet();
  write(reg::lvt_error, 0x53);
  write(reg::esr, 0);
  write(reg::esr, 0);
  equal({"LV-17", "Vol. 3 §11.5.3", "writing ESR without an error raises nothing"},
        vector_bit(reg::irr, 0x53), 0);
  quiet();
}

void rules() {
  enable();
  quiet();
  check_entries();
  check_software_disable();
  check_timer_entry();
  check_pins();
  check_error_entry();
}

}  // namespace

void program() {
  count_interrupts(0x20, 0xFE);
  in_both_modes(rules);
  finish("lapic-lvt");
}

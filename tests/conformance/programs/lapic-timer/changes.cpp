#include "timer.h"

// Changes of mode while the timer runs, and the TSC deadline.

namespace timer {

namespace {

using namespace apic;

constexpr u32 period = 0x2000000;

void check_mode_changes() {
  stop();
  set(vector | lvt::masked, by_128, period);
  delay(500'000);
  const u32 before = count();
  write(reg::lvt_timer, vector | lvt::masked | lvt::periodic);
  const u32 after = count();
  check({"X2-43", section, "one-shot to periodic: the count goes on"},
        after <= before && after > before / 2);
  equal({"LT-20", section, "the initial count stays"}, read(reg::initial_count), period);
  write(reg::lvt_timer, vector | lvt::masked);
  check({"LT-21", section, "periodic to one-shot: it goes on, too"}, count() <= after && count());
  stop();
  set(vector | lvt::periodic | lvt::masked, by_1, 100'000);
  write(reg::lvt_timer, vector | lvt::masked);
  wait_until([] { return count() == 0; });
  delay(100'000);
  equal({"XA-62", section, "periodic changed to one-shot ends at 0"}, count(), 0);
  write(reg::lvt_timer, vector | lvt::masked | lvt::periodic);
  delay(100'000);
  equal({"LT-22", section, "made periodic at 0 it does not start again"}, count(), 0);
  stop();
}

/// Again with a longer count where the change came too late.
bool changes_vector() {
  for (u32 length = 50'000; length <= 50'000'000; length *= 10) {
    stop();
    set(0x42, by_1, length);
    write(reg::lvt_timer, vector);
    if (count() != 0) return wait_until(pending) && !vector_bit(reg::irr, 0x42);
  }
  return false;
}

void check_entry_changes() {
  stop();
  set(vector | lvt::masked, by_128, period);
  delay(100'000);
  const u32 before = count();
  write(reg::lvt_timer, 0x42 | lvt::masked);
  check({"LT-23", section, "another vector does not touch the count"},
        count() <= before && count() > before / 2);
  check({"LT-24", section, "the vector at the expiry counts"}, changes_vector());
  stop();
}

/// Software disable masks the entry and does not stop the count.
void check_software_disable() {
  stop();
  set(vector, by_128, 200'000);
  write(reg::svr, spurious_vector);
  const u32 first = count();
  delay(100'000);
  check({"LT-25", "Vol. 3 §11.4.7.2", "it counts while disabled by software"}, count() < first);
  write(reg::divide, by_1);
  wait_until([] { return count() == 0; });
  enable();
  check({"LT-26", "Vol. 3 §11.4.7.2", "and raises nothing then"}, !pending());
  stop();
}

u64 armed() { return read_msr(deadline_msr); }

void check_deadline_expiry() {
  write(reg::lvt_timer, vector | lvt::deadline);
  equal({"LT-30", deadline_section, "IA32_TSC_DEADLINE is 0 when the mode is chosen"}, armed(), 0);
  const u64 deadline = read_tsc() + 2'000'000;
  write_msr(deadline_msr, deadline);
  const bool early = pending() && read_tsc() < deadline;
  const u64 kept = armed();
  check({"LT-31", deadline_section, "armed it reads as the deadline"},
        kept == deadline || read_tsc() >= deadline);
  const bool came = wait_until(pending);
  const u64 at = read_tsc();
  check({"LT-32", deadline_section, "the interrupt comes at the deadline, not before"},
        came && !early && at >= deadline);
  equal({"LT-33", deadline_section, "then the MSR is 0"}, armed(), 0);
  interrupt_window();
  equal({"LT-34", deadline_section, "it comes once"}, taken(), 1);
  write_msr(deadline_msr, 1);
  check({"X2-42", deadline_section, "a deadline in the past expires at once"}, expires());
  equal({"LT-35", deadline_section, "and the MSR is 0"}, armed(), 0);
}

void check_deadline_disarm() {
  clear_interrupts();
  write_msr(deadline_msr, read_tsc() + 1'000'000);
  write_msr(deadline_msr, 0);
  delay(2'000'000);
  check({"LT-36", deadline_section, "0 disarms it"}, !pending());
  write_msr(deadline_msr, read_tsc() + 1'000'000'000'000);
  write_msr(deadline_msr, read_tsc() + 200'000);
  check({"LT-37", deadline_section, "a new deadline takes the place of the old one"}, expires());
  write_msr(deadline_msr, read_tsc() + 1'000'000'000'000);
  write(reg::lvt_timer, vector);
  equal({"XA-65", deadline_section, "leaving the mode disarms it"}, armed(), 0);
  write(reg::lvt_timer, vector | lvt::deadline);
  equal({"LT-38", deadline_section, "it stays disarmed when the mode comes back"}, armed(), 0);
}

void check_deadline_counts() {
  write(reg::initial_count, 1000);
  equal({"LT-39", deadline_section, "the current count is 0 in deadline mode"}, count(), 0);
  delay(100'000);
  check({"LT-40", deadline_section, "and a write of the initial count starts nothing"}, !pending());
  write(reg::lvt_timer, vector);
  write_msr(deadline_msr, read_tsc() + 1'000'000);
  equal({"LT-41", deadline_section, "outside of the mode IA32_TSC_DEADLINE takes nothing"}, armed(),
        0);
  delay(2'000'000);
  check({"LT-42", deadline_section, "and raises nothing"}, !pending());
  set(vector | lvt::masked, by_128, period);
  write(reg::lvt_timer, vector | lvt::masked | lvt::deadline);
  equal({"LT-43", deadline_section, "entering the mode disarms a count"}, count(), 0);
  write(reg::lvt_timer, vector | lvt::masked);
  equal({"LT-44", deadline_section, "which stays disarmed"}, count(), 0);
}

void check_deadline_masked() {
  stop();
  write(reg::lvt_timer, vector | lvt::deadline | lvt::masked);
  write_msr(deadline_msr, read_tsc() + 100'000);
  delay(1'000'000);
  check({"LT-45", deadline_section, "masked it raises nothing"}, !pending());
}

}  // namespace

void check_changes() {
  check_mode_changes();
  check_entry_changes();
  check_software_disable();
}

void check_deadline() {
  stop();
  if (!has_deadline()) {
    skip({"X2-42", deadline_section, "the TSC deadline"}, "CPUID.1:ECX[24] is 0");
    return;
  }
  check_deadline_expiry();
  check_deadline_disarm();
  check_deadline_counts();
  check_deadline_masked();
  stop();
}

}  // namespace timer

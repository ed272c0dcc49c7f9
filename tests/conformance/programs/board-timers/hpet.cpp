#include "timers.h"

// IA-PC HPET Specification 1.0a, chapter 2.

namespace {

constexpr u64 base = 0xFED00000;
constexpr u32 capabilities = 0x00, configuration = 0x10, status = 0x20, counter = 0xF0;
constexpr u64 level = 2, enable = 4, periodic = 8, periodic_capable = 0x10, set_value = 0x40;

u64 read(u32 offset) { return *reinterpret_cast<volatile u64*>(base + offset); }
void write(u32 offset, u64 value) { *reinterpret_cast<volatile u64*>(base + offset) = value; }
u32 timer(unsigned n) { return 0x100 + 0x20 * n; }

u64 hz() { return 1'000'000'000'000'000 / (read(capabilities) >> 32); }

/// The highest pin that timer `n` can use; 0xFF for none.
unsigned pin_of(unsigned n) {
  const u64 routes = read(timer(n)) >> 32;
  for (unsigned pin = 24; pin-- > 16;)
    if (routes >> pin & 1) return pin;
  return 0xFF;
}

void halt() {
  write(configuration, 0);
  write(counter, 0);
  for (unsigned n = 0; n < 3; ++n) write(timer(n), 0);
  write(status, 0xFFFFFFFF);
}

void check_capabilities() {
  const u64 caps = read(capabilities);
  check(
      {"HP-01", "HPET §2.3.4", "revision is not 0, the period at most 100 ns, 3 timers or more"},
      (caps & 0xFF) != 0 && caps >> 32 != 0 && caps >> 32 <= 0x05F5E100 && (caps >> 8 & 0x1F) >= 2);
  write(capabilities, 0);
  check({"HP-02", "HPET §2.3.4", "capabilities are read-only"}, read(capabilities) == caps);
}

void check_counter() {
  halt();
  write(counter, 0x123456789ABC);
  const bool written = read(counter) == 0x123456789ABC;
  delay(100'000);
  check({"HP-03", "HPET §2.3.7", "a halted counter is written and stands"},
        written && read(counter) == 0x123456789ABC);
  write(counter, 0xFFFFFF00);
  write(configuration, 1);
  check({"HP-04", "HPET §2.3.7", "enabled it counts, beyond 32 bits"},
        wait_until([] { return read(counter) > 0xFFFFFFFF; }, 1'000'000'000));
  const u64 first = read(counter);
  const u32 start = read_pm_timer();
  wait_milliseconds(20);
  const u64 counted = read(counter) - first;
  const u32 ticks = (read_pm_timer() - start) & 0xFFFFFF;
  check({"HP-05", "HPET §2.3.4", "at the rate that its period tells"},
        near(counted * pm_timer_hz / hz(), ticks, 20));
  halt();
}

void check_one_shot() {
  const unsigned pin = pin_of(0);
  route(pin, hpet_vector);
  clear_interrupts();
  write(timer(0) + 8, hz() / 500);
  write(timer(0), static_cast<u64>(pin) << 9 | enable);
  check({"HP-06", "HPET §2.3.8", "a route that the timer can use is kept"},
        (read(timer(0)) >> 9 & 0x1F) == pin);
  delay(1'000'000);
  equal({"HP-07", "HPET §2.3.5", "a halted block does not interrupt"}, count_of(hpet_vector), 0);
  write(configuration, 1);
  const bool came = reaches(hpet_vector, 1);
  check(
      {"HP-08", "HPET §2.3.9.2.1", "one shot: an interrupt when the counter meets the comparator"},
      came && read(counter) >= hz() / 500);
  wait_milliseconds(5);
  equal({"HP-09", "HPET §2.3.9.2.1", "and no other one"}, count_of(hpet_vector), 1);
  equal({"HP-10", "HPET §2.3.6", "edge: the status bit stays clear"}, read(status) & 1, 0);
  halt();
}

void check_periodic() {
  const Rule comes = {"HP-11", "HPET §2.3.9.2.2", "periodic: an interrupt per period"};
  const Rule moves = {"HP-12", "HPET §2.3.9.2.2", "the comparator moves on by the period"};
  if (!(read(timer(0)) & periodic_capable)) {
    skip(comes, "timer 0 is not periodic");
    return skip(moves, "timer 0 is not periodic");
  }
  const unsigned pin = pin_of(0);
  const u64 period = hz() / 200;
  route(pin, hpet_vector);
  clear_interrupts();
  write(timer(0), static_cast<u64>(pin) << 9 | enable | periodic | set_value);
  write(timer(0) + 8, period);
  write(timer(0) + 8, period);
  write(configuration, 1);
  check(comes, reaches(hpet_vector, 5));
  const u64 comparator = read(timer(0) + 8);
  check(moves, comparator % period == 0 && comparator >= 5 * period);
  halt();
}

void check_level() {
  const unsigned pin = pin_of(1);
  set_handler(hpet_vector, [](Frame& frame) {
    ++this_cpu().interrupts[frame.vector];
    write(status, 2);
    apic::end_interrupt();
  });
  route(pin, masked | level_triggered | hpet_vector);
  clear_interrupts();
  write(timer(1) + 8, hz() / 1000);
  write(timer(1), static_cast<u64>(pin) << 9 | enable | level);
  write(configuration, 1);
  const bool set = wait_until([] { return read(status) & 2; }, 1'000'000'000);
  check({"HP-13", "HPET §2.3.6", "level: a match sets the status bit"}, set);
  route(pin, level_triggered | hpet_vector);
  check({"HP-14", "HPET §2.3.6", "the line is active as long as it is set"},
        reaches(hpet_vector, 1));
  delay(1'000'000);
  check({"HP-15", "HPET §2.3.6", "writing one clears it and ends the interrupt"},
        (read(status) & 2) == 0 && count_of(hpet_vector) == 1);
  mask(pin);
  halt();
}

/// Timer 0 takes interrupt 0 (pin 2), the interval timer loses it.
void check_legacy() {
  constexpr unsigned pin = 2;
  if (!(read(capabilities) >> 15 & 1))
    return skip({"HP-16", "HPET §2.3.5", "legacy replacement"}, "not capable");
  out8(0x43, 0x30);
  route(pin, hpet_vector);
  count_interrupts(hpet_vector, hpet_vector);
  write(timer(0) + 8, hz() / 500);
  write(timer(0), enable);
  write(configuration, 2);
  clear_interrupts();
  out8(0x40, 100);
  out8(0x40, 0);
  delay(5'000'000);
  enable_interrupts();
  delay(50'000);
  disable_interrupts();
  equal({"HP-16", "HPET §2.3.5", "legacy replacement: the interval timer does not interrupt"},
        count_of(hpet_vector), 0);
  clear_interrupts();
  write(configuration, 3);
  check({"HP-17", "HPET §2.3.5", "timer 0 has interrupt 0, pin 2 of the I/O APIC"},
        reaches(hpet_vector, 1));
  halt();
  mask(pin);
}

/// The same by the 8259 pair, which keeps an edge until the processor acknowledges it.
void check_legacy_8259() {
  constexpr u16 master = 0x20;
  constexpr u8 base_vector = 0x40;
  const Rule rule = {"HP-18", "HPET §2.3.5",
                     "timer 0 has interrupt 0 of the 8259, which keeps edges"};
  if (!(read(capabilities) >> 15 & 1)) return skip(rule, "not capable");
  constexpr u8 words[] = {base_vector, 4, 1, 0xFE};  // ICW2 to ICW4, OCW1
  out8(master, 0x11);
  for (const u8 word : words) out8(master + 1, word);
  apic::write(apic::reg::lvt_lint0, 0x700);
  count_interrupts(base_vector, base_vector, false);
  clear_interrupts();
  write(timer(0) + 8, hz() / 500);
  write(timer(0), enable);
  write(configuration, 3);
  wait_milliseconds(5);  // past the edge, with interrupts disabled
  const bool came = reaches(base_vector, 1);
  out8(master, 0x20);
  halt();
  check(rule, came && count_of(base_vector) == 1);
  out8(master + 1, 0xFF);
  apic::write(apic::reg::lvt_lint0, masked | 0x700);
}

}  // namespace

void check_hpet() {
  check_capabilities();
  check_counter();
  check_one_shot();
  check_periodic();
  check_level();
  check_legacy();
  check_legacy_8259();
}

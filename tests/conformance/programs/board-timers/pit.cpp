#include "timers.h"

// Intel 8254 data sheet (231164-005); port 0x61: ICH9 §13.7.1.

namespace {

constexpr u16 counter_0 = 0x40, counter_2 = 0x42, control = 0x43, port_61 = 0x61;
constexpr u32 hz = 1'193'182;
constexpr unsigned pin = 2;  ///< interrupt 0 by the firmware's override

u8 status_of(unsigned counter) {
  out8(control, static_cast<u8>(0xE0 | 2 << counter));
  return in8(static_cast<u16>(counter_0 + counter));
}

u16 latched(unsigned counter) {
  out8(control, static_cast<u8>(counter << 6));
  const u8 low = in8(static_cast<u16>(counter_0 + counter));
  return static_cast<u16>(in8(static_cast<u16>(counter_0 + counter)) << 8 | low);
}

void load(unsigned counter, unsigned mode, u16 count) {
  out8(control, static_cast<u8>(counter << 6 | 0x30 | mode << 1));
  out8(static_cast<u16>(counter_0 + counter), static_cast<u8>(count));
  out8(static_cast<u16>(counter_0 + counter), static_cast<u8>(count >> 8));
}

void gate_2(bool high) { out8(port_61, static_cast<u8>((in8(port_61) & 0x0C) | (high ? 1 : 0))); }
bool output_2() { return in8(port_61) & 0x20; }

void check_status() {
  bool modes = true;
  for (unsigned mode = 0; mode < 6; ++mode) {
    out8(control, static_cast<u8>(0x80 | 0x30 | mode << 1));
    const u8 status = status_of(2);
    modes &= (status & 0x3F) == (0x30 | mode << 1) && (status & 0x40) != 0;
  }
  check({"PT-01", "8254 \"Read-Back Command\"",
         "the status has mode and access of the control word, and null count until one is loaded"},
        modes);
  gate_2(true);
  load(2, 0, 0xFFFF);
  delay(100'000);
  equal({"PT-02", "8254 \"Read-Back Command\"", "null count clears when the count is loaded"},
        status_of(2) & 0x40, 0);
}

void check_latch() {
  gate_2(true);
  load(2, 0, 0xFFFF);
  delay(100'000);
  out8(control, 0x80);
  delay(1'000'000);
  const u8 low = in8(counter_2);
  const u16 held = static_cast<u16>(in8(counter_2) << 8 | low);
  const u16 now = latched(2);
  check({"PT-03", "8254 \"Counter Latch Command\"", "a latched count stands until it is read"},
        held > now);
  out8(control, 0x80);
  out8(control, 0x80);
  in8(counter_2);
  in8(counter_2);
  gate_2(false);
  const u16 stopped = latched(2);
  delay(1'000'000);
  equal({"PT-04", "8254 \"Mode 0\"", "a low gate stops counting"}, latched(2), stopped);
}

void check_output() {
  gate_2(false);
  load(2, 0, 200);
  const bool low = !output_2();
  gate_2(true);
  const bool rises = wait_until([] { return output_2(); }, 100'000'000);
  check({"PT-05", "8254 \"Mode 0\"", "the output is low until terminal count, then high"},
        low && rises);
  out8(control, 0xB0);
  check({"PT-06", "8254 \"Mode 0\"", "writing the control word makes it low"}, !output_2());
}

void check_rate() {
  gate_2(true);
  load(2, 0, 0xFFFF);
  delay(100'000);
  const u16 first = latched(2);
  const u32 start = read_pm_timer();
  wait_milliseconds(20);
  const u16 second = latched(2);
  const u32 ticks = (read_pm_timer() - start) & 0xFFFFFF;
  // Both derive from 14.31818 MHz: one tick of the 8254 is three of the PM timer.
  check({"PT-07", "ICH9 §5.9", "it counts 1.193182 MHz, a third of the PM timer"},
        near(3ul * static_cast<u16>(first - second), ticks, 20));
}

void check_interrupts() {
  out8(control, 0x30);
  route(pin, pit_vector);
  clear_interrupts();
  load(0, 0, 1000);
  check({"PT-08", "8254 \"Mode 0\"", "terminal count interrupts"}, reaches(pit_vector, 1));
  delay(10'000'000);
  equal({"PT-09", "8254 \"Mode 0\"", "once"}, count_of(pit_vector), 1);
  clear_interrupts();
  const u32 start = read_pm_timer();
  load(0, 2, hz / 200);
  const bool ticks = reaches(pit_vector, 10);
  const u32 passed = (read_pm_timer() - start) & 0xFFFFFF;
  check({"PT-10", "8254 \"Mode 2\"", "mode 2 interrupts again and again"}, ticks);
  check({"PT-11", "8254 \"Mode 2\"", "not before each period has passed"},
        passed >= 9ul * pm_timer_hz / 200);
  out8(control, 0x30);
  mask(pin);
}

void check_port_61() {
  const u8 before = in8(port_61);
  bool toggles = wait_until([=] { return (in8(port_61) ^ before) & 0x10; }, 100'000'000);
  check({"PT-12", "ICH9 §13.7.1", "bit 4 of port 0x61 toggles with the refresh"}, toggles);
  out8(port_61, 0x0C);
  const u8 disabled = in8(port_61) & 0xCC;
  equal({"PT-13", "ICH9 §13.7.1", "bits 3 and 2 disable NMI sources, bits 7 and 6 are clear then"},
        disabled, 0x0C);
  out8(port_61, 0);
}

}  // namespace

void check_pit() {
  check_status();
  check_latch();
  check_output();
  check_rate();
  check_interrupts();
  check_port_61();
}

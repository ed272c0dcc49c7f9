#include "timers.h"

// MC146818 data sheet; ports and NMI mask: ICH9 §13.6.

namespace {

constexpr u8 seconds = 0x00, seconds_alarm = 0x01, minutes_alarm = 0x03, hours_alarm = 0x05,
             reg_a = 0x0A, reg_b = 0x0B, reg_c = 0x0C, reg_d = 0x0D, ram = 0x60;
constexpr u8 set = 0x80, periodic = 0x40, alarm = 0x20, update = 0x10, binary = 0x04,
             hours_24 = 0x02;
constexpr unsigned pin = 8;

u8 read(u8 index) {
  out8(0x70, index);
  return in8(0x71);
}
void write(u8 index, u8 value) {
  out8(0x70, index);
  out8(0x71, value);
}

void check_bytes() {
  const u8 old = read(ram);
  bool kept = true;
  for (unsigned value = 0; value < 256; ++value) {
    write(ram, static_cast<u8>(value));
    kept &= read(ram) == value;
  }
  write(ram, old);
  check({"RT-01", "MC146818 \"Address Map\"", "a byte of RAM keeps every value"}, kept);
  write(ram, 0x5A);
  check({"RT-02", "ICH9 §13.7.2", "bit 7 of port 0x70 is not part of the index"},
        read(ram | 0x80) == 0x5A);
  write(ram, old);
  equal({"RT-03", "MC146818 \"Register D\"", "bit 7 of register D tells that the battery is good"},
        read(reg_d), 0x80);
  write(reg_d, 0);
  equal({"RT-04", "MC146818 \"Register D\"", "register D is read-only"}, read(reg_d), 0x80);
}

void check_formats() {
  const u8 b = read(reg_b) & hours_24;
  write(reg_b, static_cast<u8>(set | b));
  write(seconds, 0x41);
  const u8 coded = read(seconds);
  write(reg_b, static_cast<u8>(set | b | binary));
  write(seconds, 41);
  check({"RT-05", "MC146818 \"Register B\"", "DM chooses BCD or binary"},
        coded == 0x41 && read(seconds) == 41);
  write(reg_b, static_cast<u8>(set | b));
  write(seconds, 0x10);
  wait_milliseconds(10);
  check({"RT-06", "MC146818 \"Register B\"", "SET holds the time"}, read(seconds) == 0x10);
  write(reg_b, b);
}

void check_periodic() {
  const u8 b = read(reg_b) & (hours_24 | binary);
  write(reg_a, 0x26);
  read(reg_c);
  route(pin, rtc_vector);
  clear_interrupts();
  write(reg_b, static_cast<u8>(b | periodic));
  const bool first = reaches(rtc_vector, 1);
  wait_milliseconds(5);
  equal({"RT-07", "MC146818 \"Register C\"", "without a read of register C there is no second one"},
        count_of(rtc_vector), 1);
  const u8 cause = read(reg_c);
  check({"RT-08", "MC146818 \"Register C\"", "it tells IRQF and PF"},
        first && (cause & 0xC0) == 0xC0);
  check({"RT-09", "MC146818 \"Register C\"", "reading clears it"},
        wait_until([] { return (read(reg_c) & 0x80) == 0; }, 100'000'000));
  write(reg_b, b);
  read(reg_c);
  set_handler(rtc_vector, [](Frame& frame) {
    ++this_cpu().interrupts[frame.vector];
    read(reg_c);
    apic::end_interrupt();
  });
  clear_interrupts();
  const u32 start = read_pm_timer();
  write(reg_b, static_cast<u8>(b | periodic));
  const bool many = reaches(rtc_vector, 20);
  const u32 passed = (read_pm_timer() - start) & 0xFFFFFF;
  write(reg_b, b);
  check({"RT-10", "MC146818 Table 5", "rate 6 is 1024 Hz: 20 periods take 19 ms at least"},
        many && passed >= 19ul * pm_timer_hz / 1024);
}

/// Ends within about a second.
void check_update() {
  const u8 b = read(reg_b) & (hours_24 | binary);
  constexpr u8 alarms[] = {seconds_alarm, minutes_alarm, hours_alarm};
  for (const u8 index : alarms) write(index, 0xC0);
  read(reg_c);
  check({"RT-11", "MC146818 \"Update Cycle\"", "UIP announces an update"},
        wait_until([] { return read(reg_a) & 0x80; }));
  const bool ended = wait_until([] { return read(reg_c) & update; });
  check({"RT-12", "MC146818 \"Register C\"", "UF tells the end of an update, enabled or not"},
        ended);
  clear_interrupts();
  write(reg_b, static_cast<u8>(b | alarm));
  check({"RT-13", "MC146818 \"Time, Calendar, and Alarm Locations\"",
         "an alarm of don't-care codes comes every second"},
        reaches(rtc_vector, 1));
  write(reg_b, b);
  mask(pin);
}

}  // namespace

void check_rtc() {
  check_bytes();
  check_formats();
  check_periodic();
  check_update();
}

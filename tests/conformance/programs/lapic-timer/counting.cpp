#include "timer.h"

// One-shot and periodic counting.

namespace timer {

namespace {

using namespace apic;

/// The current count and when it was read; again where something came between.
struct Reading {
  u32 count;
  u64 at;
};
Reading look(u64 tolerance) {
  for (;;) {
    const u64 before = read_tsc();
    const u32 now = count();
    if (read_tsc() - before < tolerance) return {now, before};
  }
}

/// Ticks in 2^22 cycles of the time-stamp counter, times 256.
u64 rate(u32 divide) {
  constexpr u64 stretch = 1 << 24;
  set(lvt::masked, divide, far);
  const Reading first = look(stretch / 256);
  delay(stretch);
  const Reading last = look(stretch / 256);
  return (u64{first.count - last.count} << 30) / (last.at - first.at);
}

struct Divider {
  u32 value, divisor;
};
constexpr Divider dividers[] = {{0x0, 2},  {0x1, 4},  {0x2, 8},   {0x3, 16},
                                {0x8, 32}, {0x9, 64}, {0xA, 128}, {0xB, 1}};

/// Within 5 % of the rate by 1.
bool divides(const Divider& divider) {
  const u64 base = rate(by_1), divided = rate(divider.value) * divider.divisor;
  return divided >= base - base / 20 && divided <= base + base / 20;
}

void check_dividers() {
  unsigned wrong = 0;
  for (const Divider& divider : dividers)
    if (!divides(divider)) wrong |= 1u << divider.value;
  equal({"X2-41", section, "the eight dividers divide by 2, 4, 8, 16, 32, 64, 128 and 1"}, wrong,
        0);
}

void check_one_shot() {
  stop();
  set(vector, by_128, far);
  const u32 first = count();
  delay(1'000'000);
  const u32 second = count();
  check({"LT-01", section, "a write to the initial count starts it from there"},
        first > far - 0x1000000 && first != 0);
  check({"LT-02", section, "the current count counts down"}, second < first);
  equal({"LT-03", section, "the initial count stays"}, read(reg::initial_count), far);
  stop();
  set(vector, by_1, 10'000);
  check({"XA-59", section, "one-shot: it raises its vector at 0"}, expires());
  equal({"LT-04", section, "and stays at 0"}, count(), 0);
  delay(1'000'000);
  check({"LT-05", section, "and raises it once"}, !pending() && taken() == 1);
  write(reg::initial_count, 10'000);
  check({"LT-06", section, "another write starts it again"}, expires());
  stop();
}

void check_stop() {
  set(vector, by_1, far);
  write(reg::initial_count, 0);
  equal({"XA-63", section, "a write of 0 stops it: the current count is 0"}, count(), 0);
  delay(100'000);
  check({"LT-07", section, "and no interrupt comes"}, !pending());
  set(vector, by_1, 100'000);
  write(reg::initial_count, far);
  check({"LT-08", section, "a write while it runs starts from the new count"},
        count() > far - 0x10000000);
  if (mode() == Mode::xapic) write(reg::current_count, 5);  // the MSR is read-only: #GP
  check({"LT-09", section, "the current count cannot be written"}, count() > 5);
  stop();
}

}  // namespace

void check_counting() {
  stop();
  check_dividers();
  check_one_shot();
  check_stop();
}

void check_periodic() {
  stop();
  set(vector | lvt::periodic, by_1, 200'000);
  bool all = true;
  for (unsigned n = 0; n < 5; ++n) all = expires() && all;
  check({"LT-10", section, "periodic: it goes on to raise its vector"}, all);
  const u32 one = count();
  check({"LT-11", section, "and counts from the initial count again"}, one <= 200'000 && one != 0);
  write(reg::initial_count, 0);
  interrupt_window();
  const u32 before = taken();
  delay(1'000'000);
  check({"LT-12", section, "a write of 0 ends that"}, !pending() && taken() == before);
  equal({"LT-13", section, "the current count is 0 then"}, count(), 0);
  stop();
  set(vector | lvt::periodic | lvt::masked, by_1, 20'000);
  delay(1'000'000);
  check({"LT-14", section, "masked it counts and raises nothing"}, !pending());
  write(reg::lvt_timer, vector | lvt::periodic);
  check({"LT-15", section, "unmasked it raises the next expiry"}, expires());
  stop();
}

}  // namespace timer

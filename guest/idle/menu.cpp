#include "guest/idle/menu.h"

#include "guest/kernel/release.h"

namespace {

constexpr u64 kResolution = 1024;
constexpr u64 kDecay = 8;
constexpr u64 kUnity = kResolution * kDecay;
constexpr u32 kMaxInteresting = 50000;  // longer sleeps say nothing about short ones
constexpr u64 kAlikeVariance = 400;     // 3.2: square microseconds
constexpr u64 kAlikeDeviation = 20;     // 3.13: microseconds
constexpr u32 kNearTimer = 5;           // microseconds: polling is all that fits

int bucket_of(u32 microseconds) {
  int bucket = 0;
  for (u32 limit = 10; bucket < kMenuBuckets - 1 && microseconds >= limit; limit *= 10) ++bucket;
  return bucket;
}

u64 square_root(u64 value) {
  u64 root = 0;
  for (u64 bit = u64{1} << 31; bit != 0; bit >>= 1) {
    if ((root | bit) * (root | bit) <= value) root |= bit;
  }
  return root;
}

// What was said of the last sleep is compared with what came.
void learn(MenuGovernor* menu) {
  u32 measured = menu->measured_us;
  if (measured > menu->exit_us) measured -= menu->exit_us;
  u64& factor = menu->correction[menu->bucket];
  factor -= factor / kDecay;
  if (menu->expected_us > 0 && measured < kMaxInteresting)
    factor += kResolution * measured / menu->expected_us;
  else
    factor += kResolution;  // a long sleep was as expected
  if (factor == 0) factor = 1;
  menu->intervals[menu->next_interval] = menu->measured_us;
  menu->next_interval = (menu->next_interval + 1) % kMenuIntervals;
}

struct Distribution {
  u64 average, variance;
  u32 longest;
  int count;
};

// Of the last sleeps that were no longer than `longest`.
Distribution sleeps_up_to(const MenuGovernor& menu, u32 longest) {
  Distribution d = {};
  for (const u32 value : menu.intervals) {
    if (value > longest) continue;
    d.average += value;
    ++d.count;
    if (value > d.longest) d.longest = value;
  }
  d.average /= static_cast<u64>(d.count);
  for (const u32 value : menu.intervals) {
    if (value > longest) continue;
    const s64 off = static_cast<s64>(value) - static_cast<s64>(d.average);
    d.variance += static_cast<u64>(off * off);
  }
  d.variance /= static_cast<u64>(d.count);
  return d;
}

// 3.2: all eight must be alike.
void predict_if_alike(MenuGovernor* menu) {
  const Distribution d = sleeps_up_to(*menu, ~0u);
  if (d.average == 0 || d.average > menu->expected_us) return;
  if (d.variance < kAlikeVariance) menu->predicted_us = d.average;
}

// 3.13: the longest may be left out, one after the other, while three quarters remain.
void predict_typical(MenuGovernor* menu) {
  u32 longest = ~0u;
  for (;;) {
    const Distribution d = sleeps_up_to(*menu, longest);
    const u64 deviation = square_root(d.variance);
    const bool many = d.count * 4 >= kMenuIntervals * 3;
    if ((many && d.average > deviation * 6) || deviation <= kAlikeDeviation) {
      // A timer that is due sooner wakes sooner.
      if (d.average < menu->expected_us) menu->predicted_us = d.average;
      return;
    }
    if (d.count * 4 <= kMenuIntervals * 3 || d.longest == 0) return;
    longest = d.longest - 1;
  }
}

void predict(MenuGovernor* menu, u32 next_timer_us) {
  menu->expected_us = next_timer_us;
  menu->bucket = bucket_of(next_timer_us);
  u64& factor = menu->correction[menu->bucket];
  if (factor == 0) factor = kUnity;
  menu->predicted_us = (next_timer_us * factor + kUnity / 2) / kUnity;
  if (release::is_3_2)
    predict_if_alike(menu);
  else
    predict_typical(menu);
}

}  // namespace

int menu_select(MenuGovernor* menu, const IdleState* states, int count, u32 next_timer_us,
                u32 latency_limit_us) {
  if (menu->needs_update) learn(menu);
  menu->needs_update = false;
  menu->exit_us = 0;
  if (latency_limit_us == 0) return 0;
  predict(menu, next_timer_us);
  int chosen = next_timer_us > kNearTimer && count > 1 ? 1 : 0;
  // Load and waiting for I/O would multiply the exit latency; an idle CPU here has neither.
  for (int i = 1; i < count; ++i) {
    const IdleState& state = states[i];
    if (state.target_residency > menu->predicted_us || state.exit_latency > latency_limit_us ||
        state.exit_latency > menu->predicted_us)
      continue;
    chosen = i;
    menu->exit_us = state.exit_latency;
  }
  return chosen;
}

void menu_reflect(MenuGovernor* menu, u32 measured_us) {
  menu->measured_us = measured_us;
  menu->needs_update = true;
}

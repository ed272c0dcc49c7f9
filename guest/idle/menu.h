#pragma once

#include "guest/idle/idle_state.h"

// The governor "menu" (drivers/cpuidle/governors/menu.c): how long will this CPU sleep, and which
// state pays off? It knows when the next timer is due, how far off that was of late for sleeps of
// the same order of magnitude, and whether the last eight sleeps were alike.

inline constexpr int kMenuBuckets = 6;
inline constexpr int kMenuIntervals = 8;

struct MenuGovernor {
  u64 correction[kMenuBuckets];  // per bucket, in parts of kMenuUnity; 0: not used yet
  u32 intervals[kMenuIntervals];
  int next_interval;
  u32 expected_us;  // until the next timer
  u64 predicted_us;
  int bucket;
  u32 exit_us;  // exit latency of the state that was chosen
  bool needs_update;
  u32 measured_us;
};

// Index of the state to enter. `next_timer_us`: until the next event of this CPU's timer;
// `latency_limit_us`: longest exit latency that is allowed, 0 demands polling.
int menu_select(MenuGovernor* menu, const IdleState* states, int count, u32 next_timer_us,
                u32 latency_limit_us);
// The sleep took that long, exit included.
void menu_reflect(MenuGovernor* menu, u32 measured_us);

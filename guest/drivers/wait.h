#pragma once

#include "guest/kernel/time.h"
#include "guest/sched/task.h"

/// Sleeps until the condition holds, looking at it every tick or two; false when it did not within
/// `ms` milliseconds.
template <typename Condition>
bool wait_until(u64 ms, Condition holds) {
  const u64 end = sched_clock_ns() + ms * 1000000;
  while (!holds()) {
    if (sched_clock_ns() >= end) return false;
    msleep(1);
  }
  return true;
}

#pragma once

#include "guest/include/types.h"

inline constexpr int kMaxIdleStates = 10;  // CPUIDLE_STATE_MAX, linux/cpuidle.h

// An idle state as the kernel thinks of it: its latencies are worst cases that it plans with, not
// what the hardware does.
struct IdleState {
  const char* name;
  const char* description;
  u8 hint;               // EAX of MWAIT
  bool tlb_flushed;      // the processor loses its TLB
  u32 exit_latency;      // microseconds
  u32 target_residency;  // microseconds from which on the state saves power
};

// The states of one driver; the first one polls.
struct IdleDriver {
  const char* name;
  int count;
  IdleState states[kMaxIdleStates];
  // Idles in that state with interrupts off on entry and at the end. Null states never come here.
  void (*enter)(const IdleState& state);
};

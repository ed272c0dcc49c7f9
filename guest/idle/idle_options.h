#pragma once

#include "guest/include/types.h"

// idle= of the command line (arch/x86/kernel/process.c).
enum class IdleOverride : u8 { kNone, kPoll, kHalt, kNoMwait };

struct IdleOptions {
  IdleOverride override_choice;
  int intel_max_cstate;      // intel_idle.max_cstate=
  int processor_max_cstate;  // processor.max_cstate=
  bool nohz;                 // the tick stops on idle CPUs
  bool cpuidle_off;          // cpuidle.off=1
};
const IdleOptions& idle_options();

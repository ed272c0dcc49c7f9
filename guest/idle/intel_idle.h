#pragma once

#include "guest/idle/idle_options.h"
#include "guest/idle/idle_state.h"

// One processor model of family 6 that the driver of this release knows.
struct IntelIdleModel {
  u32 model;
  const IdleState* states;  // up to one without a name
  u64 auto_demotion;        // bits of MSR_NHM_SNB_PKG_CST_CFG_CTL that are switched off
  bool no_c1e_promotion;    // C1E promotion is switched off in MSR_POWER_CTL
};

// The tables of the modelled release: intel_idle_tables_*.cpp.
extern const IntelIdleModel intel_idle_models[];
extern const int intel_idle_model_count;

// What the decision rests on: CPUID, as the boot CPU has it.
struct IdleProcessor {
  const char* vendor;
  u32 family, model;
  bool mwait;  // leaf 1
  bool arat;   // leaf 6
  u32 max_leaf;
  u32 mwait_ecx, mwait_edx;  // leaf 5
  int online;                // CPUs
};

struct IntelIdleChoice {
  const IntelIdleModel* model;
  u32 reliable_states;  // bit N: the local APIC timer runs in MWAIT C-state N (C1 is 1)
  int count;            // polling, which is not the driver's own, included
  IdleState states[kMaxIdleStates];
};

// Whether the driver takes this processor, and with which states; says so as
// drivers/idle/intel_idle.c does. `broadcast` sets up a timer that stands in for those that stop,
// and says whether there is one; it is asked where that is needed.
bool intel_idle_choose(const IdleProcessor& processor, const IdleOptions& options,
                       bool (*broadcast)(), IntelIdleChoice* choice);

// MWAIT C-state of a hint: 1 for C1.
constexpr u32 mwait_cstate(u8 hint) { return (hint >> 4) + 1u; }
constexpr bool timer_stops(const IntelIdleChoice& choice, const IdleState& state) {
  return (choice.reliable_states >> mwait_cstate(state.hint) & 1) == 0;
}

// The driver on this machine; null where it is switched off or does not know the processor.
// Interrupts on, all CPUs up.
const IdleDriver* intel_idle_init();

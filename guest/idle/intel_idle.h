#pragma once

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

// Chooses the states for this processor and says so, as drivers/idle/intel_idle.c does. Null: the
// driver is switched off or does not know the processor. Interrupts on, all CPUs up.
const IdleDriver* intel_idle_init();

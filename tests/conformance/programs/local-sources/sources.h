#pragma once

#include "runtime/modes.h"

/// Interrupt sources within the processor, each with an entry of the local vector table.

namespace sources {

constexpr u8 vector = 0x61, nmi_vector = 2;
/// Time for an event to arrive, and for one from outside to happen at all.
constexpr u64 soon = 200'000, patience = 300'000'000;

struct Entry {
  u32 offset;

  void set(u32 value) const { apic::write(offset, value); }
  u32 get() const { return apic::read(offset); }
  bool masked() const { return get() & apic::lvt::masked; }
};

inline u32 taken(u8 of) { return this_cpu().interrupts[of]; }
/// Everything of before is taken, nothing is counted yet, IF = 0.
void quiet();

void check_performance();
void check_freeze();
void check_thermal();
void check_corrected_errors();
void check_smi();
/// Before any SMI: where the processor looks for its handler if no firmware has moved SMBASE.
void place_smi_handler();
/// SMIs since some time in the past, where anything counts them.
bool can_see_smi();
u64 smi_count();

}  // namespace sources

#pragma once

#include "guest/include/types.h"

// The queue of commands to a remapping unit (VT-d §6.5.2), one per unit.

// Makes the unit read from a queue in memory. 0, or a negative error.
int enable_queued_invalidation(int unit);
// What a loader left switched on.
void disable_queued_invalidation(int unit);

// One that this kernel has made itself is on.
bool has_invalidation_queue(int unit);

struct InvalidationDescriptor {
  u64 low, high;
};
// Hands a descriptor to the unit; returns when it, and all before it, are done.
void submit_invalidation(int unit, const InvalidationDescriptor& descriptor);

// Forgets all cached entries of the interrupt table, or one. Returns when the unit has.
void flush_interrupt_entries(int unit);
void flush_interrupt_entry(int unit, u32 index);

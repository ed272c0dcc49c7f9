#pragma once

#include "runtime/targets.h"

/// Logical x2APIC ids, SDM Vol. 3 §11.12.10.2: sixteen ids share a cluster.

namespace ids {

constexpr u8 vector = 0x61;

inline u32 logical_id(unsigned cpu) {
  const u32 id = cpus[cpu].apic_id;
  return (id & ~0xFu) << 12 | 1u << (id & 0xF);
}
inline u32 cluster(unsigned cpu) { return logical_id(cpu) & 0xFFFF0000; }
/// All that share it with `cpu`.
inline CpuSet of_cluster(unsigned cpu) {
  CpuSet set = 0;
  for (unsigned n = 0; n < cpu_count; ++n)
    if (cluster(n) == cluster(cpu)) set |= only(n);
  return set;
}

/// With more processors than one cluster has.
void check_clusters();
/// With ids from 256 on, which xAPIC messages cannot name.
void check_high_ids();

}  // namespace ids

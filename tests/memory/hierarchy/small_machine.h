#pragma once

#include "models/memory/hierarchy/memory_hierarchy.h"

namespace apicsim::testing {

/// Latencies that are all different, so that a test sees which one was taken.
inline MemoryParameters small_parameters() {
  MemoryParameters p;
  p.l1d_sets = 2, p.l1d_ways = 2;
  p.l1i_sets = 2, p.l1i_ways = 2;
  p.l2_sets = 4, p.l2_ways = 2;
  p.llc_slices = 1, p.llc_sets = 8, p.llc_ways = 4;
  p.l1_latency = 4, p.l2_latency = 12, p.llc_latency = 40;
  p.snoop_clean = 51, p.snoop_modified = 67, p.upgrade = 45;
  p.cross_clean = 203, p.cross_modified = 307, p.cross_upgrade = 181;
  p.memory_local = 230, p.memory_remote = 350;
  p.owner_hold = 0;
  p.flush_line = 70, p.write_back_all = 2000;
  p.memory_channels = 4, p.memory_line_occupancy = 0;
  p.dtlb_4k_sets = 2, p.dtlb_4k_ways = 2;
  p.dtlb_2m_sets = 2, p.dtlb_2m_ways = 2;
  p.dtlb_1g_sets = 1, p.dtlb_1g_ways = 2;
  p.itlb_4k_sets = 2, p.itlb_4k_ways = 2;
  p.itlb_2m_sets = 1, p.itlb_2m_ways = 2;
  p.stlb_sets = 4, p.stlb_ways = 2;
  p.stlb_latency = 7, p.walk_start = 9;
  p.pml4e_cache_entries = 2, p.pdpte_cache_entries = 2;
  p.pde_cache_sets = 2, p.pde_cache_ways = 2;
  return p;
}

/// Caches in which a handful of lines never meets a capacity.
inline MemoryParameters roomy_parameters() {
  MemoryParameters p = small_parameters();
  p.l1d_sets = p.l1i_sets = 64, p.l1d_ways = p.l1i_ways = 8;
  p.l2_sets = 512, p.l2_ways = 8;
  p.llc_slices = 3, p.llc_sets = 2048, p.llc_ways = 20;
  return p;
}

/// Two sockets of two cores of two threads. CPU n is thread n / 4 of core n % 4; cores 0 and 1 are
/// in socket 0. Node n belongs to socket n and has [n GiB, n + 1 GiB).
inline MemoryTopology small_topology() {
  constexpr std::uint64_t gib = 1 << 30;
  MemoryTopology t;
  t.core_of_cpu = {0, 1, 2, 3, 0, 1, 2, 3};
  t.socket_of_core = {0, 0, 1, 1};
  t.socket_of_node = {0, 1};
  t.ranges = {{0, gib, 0}, {gib, 2 * gib, 1}};
  return t;
}

inline MemoryTimingConfig small_machine() { return {small_parameters(), small_topology()}; }
inline MemoryTimingConfig roomy_machine() { return {roomy_parameters(), small_topology()}; }

/// Does what a CPU does: private if possible, else shared.
inline LineAccess access(MemoryHierarchy& machine, std::uint32_t cpu, std::uint64_t physical,
                         LineUse use, Cycle now) {
  LineAccess out;
  if (machine.private_access(cpu, physical, use, now, out)) return out;
  return machine.shared_access(cpu, physical, use, now);
}

}  // namespace apicsim::testing

#pragma once

#include <cstdint>
#include <stdexcept>
#include <vector>

#include "models/time/cycle.h"

namespace apicsim {

/// A memory hierarchy that cannot be built; the text names the value and what is allowed.
class MemoryTimingError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Sizes and latencies of caches, TLBs and memory. Each is the profile entry `memory.<name>` of
/// memory_parameters.h, which says what it means, its range, and the figure that it comes from.
/// Every level's latency is load-to-use from the start of the access, what is nearer included.
struct MemoryParameters {
  std::uint64_t l1d_sets = 0, l1d_ways = 0;
  std::uint64_t l1i_sets = 0, l1i_ways = 0;
  std::uint64_t l2_sets = 0, l2_ways = 0;
  std::uint64_t llc_slices = 0, llc_sets = 0, llc_ways = 0;

  Cycle l1_latency = 0, l2_latency = 0, llc_latency = 0;
  Cycle snoop_clean = 0, snoop_modified = 0, upgrade = 0;
  Cycle cross_clean = 0, cross_modified = 0, cross_upgrade = 0;
  Cycle memory_local = 0, memory_remote = 0;
  Cycle owner_hold = 0;
  Cycle flush_line = 0, write_back_all = 0;
  std::uint64_t memory_channels = 0;
  Cycle memory_line_occupancy = 0;

  std::uint64_t dtlb_4k_sets = 0, dtlb_4k_ways = 0;
  std::uint64_t dtlb_2m_sets = 0, dtlb_2m_ways = 0;
  std::uint64_t dtlb_1g_sets = 0, dtlb_1g_ways = 0;
  std::uint64_t itlb_4k_sets = 0, itlb_4k_ways = 0;
  std::uint64_t itlb_2m_sets = 0, itlb_2m_ways = 0;
  std::uint64_t stlb_sets = 0, stlb_ways = 0;
  Cycle stlb_latency = 0, walk_start = 0;
  std::uint64_t pml4e_cache_entries = 0, pdpte_cache_entries = 0;
  std::uint64_t pde_cache_sets = 0, pde_cache_ways = 0;
};

/// Smallest latency by which one core's access can affect another core.
Cycle least_transfer(const MemoryParameters& parameters);

/// Physical addresses base ..< end belong to `node`.
struct NodeRange {
  std::uint64_t base = 0, end = 0;
  std::uint32_t node = 0;
};

/// Who shares what. Cores and sockets are numbered from 0 without gaps over the whole machine;
/// CPUs that name the same core are its threads and share its private caches.
struct MemoryTopology {
  std::vector<std::uint32_t> core_of_cpu;
  std::vector<std::uint32_t> socket_of_core;
  std::vector<std::uint32_t> socket_of_node;  ///< whose memory controller a node's lines come from
  std::vector<NodeRange> ranges;              ///< an address outside all of them is on node 0
};

struct MemoryTimingConfig {
  MemoryParameters parameters;
  MemoryTopology topology;
};

/// Throws MemoryTimingError unless every parameter lies in the range that memory_parameters()
/// gives.
void check(const MemoryParameters& parameters);
/// The same for all of it: every number names something, at most 64 cores per socket.
void check(const MemoryTimingConfig& config);

}  // namespace apicsim

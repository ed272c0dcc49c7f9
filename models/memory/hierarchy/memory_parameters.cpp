#include "models/memory/hierarchy/memory_parameters.h"

#include <algorithm>

#include <string>

namespace apicsim {
namespace {

using P = MemoryParameters;
using Kind = MemoryParameter::Kind;

constexpr std::uint64_t longest = 1'000'000;  // cycles; some 0.3 ms

// Figures named here are those of the Sandy Bridge-EP and Ivy Bridge-EP processors: "CPUID 2/4" the
// descriptors of these leaves (SDM Vol. 2, CPUID), "MemLat" the runs of InstLatx64 on a dual 206D5
// and a 206D7, "C2C" nviennot/core-to-core-latency on a dual E5-2690, whose one-way time of a
// compare-and-exchange includes the instruction itself: 8.9 ns between threads of one core.
std::vector<MemoryParameter> make_parameters() {
  return {
      {"l1d_sets", &P::l1d_sets, Kind::sets, 1, 4096, "L1 data: sets of 64-byte lines (CPUID 4)"},
      {"l1d_ways", &P::l1d_ways, Kind::count, 1, 64, "L1 data: ways (CPUID 4)"},
      {"l1i_sets", &P::l1i_sets, Kind::sets, 1, 4096, "L1 instruction: sets (CPUID 4)"},
      {"l1i_ways", &P::l1i_ways, Kind::count, 1, 64, "L1 instruction: ways (CPUID 4)"},
      {"l2_sets", &P::l2_sets, Kind::sets, 1, 65536, "L2 of a core: sets (CPUID 4)"},
      {"l2_ways", &P::l2_ways, Kind::count, 1, 64, "L2 of a core: ways (CPUID 4)"},
      {"llc_slices", &P::llc_slices, Kind::count, 1, 64,
       "last level of a socket: slices, one per core"},
      {"llc_sets", &P::llc_sets, Kind::sets, 1, 65536,
       "last level: sets of a slice (CPUID 4, by slices)"},
      {"llc_ways", &P::llc_ways, Kind::count, 1, 64, "last level: ways (CPUID 4)"},

      {"l1_latency", &P::l1_latency, Kind::cycles, 1, longest, "L1 load-to-use (MemLat: 4)"},
      {"l2_latency", &P::l2_latency, Kind::cycles, 1, longest, "L2 load-to-use (MemLat: 12)"},
      {"llc_latency", &P::llc_latency, Kind::cycles, 1, longest,
       "last level, nobody asked (MemLat: 39-47, page-random 44)"},
      {"snoop_clean", &P::snoop_clean, Kind::cycles, 1, longest,
       "last level after asking or invalidating another core's unmodified copy"},
      {"snoop_modified", &P::snoop_modified, Kind::cycles, 1, longest,
       "line modified in another core of the socket (C2C, same socket 32.4 ns less 8.9 ns)"},
      {"upgrade", &P::upgrade, Kind::cycles, 1, longest,
       "ownership of a line that is shared within the socket only"},
      {"cross_clean", &P::cross_clean, Kind::cycles, 1, longest,
       "line forwarded by another socket that has it unmodified"},
      {"cross_modified", &P::cross_modified, Kind::cycles, 1, longest,
       "line modified in another socket (C2C, cross socket 114.3 ns less 8.9 ns)"},
      {"cross_upgrade", &P::cross_upgrade, Kind::cycles, 1, longest,
       "ownership of a line that other sockets may share"},
      {"memory_local", &P::memory_local, Kind::cycles, 1, longest,
       "DRAM of the own socket, channel free (MemLat: 81-95 ns; page-random 75 ns)"},
      {"memory_remote", &P::memory_remote, Kind::cycles, 1, longest,
       "DRAM of another socket, channel free"},
      {"owner_hold", &P::owner_hold, Kind::cycles, 0, longest,
       "time that a new owner keeps a line before it can be taken away (C2C, threads: 8.9 ns)"},
      {"flush_line", &P::flush_line, Kind::cycles, 1, longest, "CLFLUSH (InstLatx64: 62-76)"},
      {"write_back_all", &P::write_back_all, Kind::cycles, 1, longest,
       "WBINVD with nothing modified; each modified line adds memory_line_occupancy"},
      {"memory_channels", &P::memory_channels, Kind::count, 1, 64, "memory channels of a node"},
      {"memory_line_occupancy", &P::memory_line_occupancy, Kind::cycles, 0, longest,
       "time that a line keeps its channel (64 bytes at 12.8 GB/s of DDR3-1600: 5 ns)"},

      {"dtlb_4k_sets", &P::dtlb_4k_sets, Kind::sets, 1, 4096,
       "data TLB, 4 KiB pages: sets (CPUID 2)"},
      {"dtlb_4k_ways", &P::dtlb_4k_ways, Kind::count, 1, 64,
       "data TLB, 4 KiB pages: ways (CPUID 2)"},
      {"dtlb_2m_sets", &P::dtlb_2m_sets, Kind::sets, 1, 4096,
       "data TLB, 2 MiB pages: sets (CPUID 2)"},
      {"dtlb_2m_ways", &P::dtlb_2m_ways, Kind::count, 1, 64,
       "data TLB, 2 MiB pages: ways (CPUID 2)"},
      {"dtlb_1g_sets", &P::dtlb_1g_sets, Kind::sets, 1, 4096,
       "data TLB, 1 GiB pages: sets (CPUID 2)"},
      {"dtlb_1g_ways", &P::dtlb_1g_ways, Kind::count, 1, 64,
       "data TLB, 1 GiB pages: ways (CPUID 2)"},
      {"itlb_4k_sets", &P::itlb_4k_sets, Kind::sets, 1, 4096,
       "code TLB, 4 KiB pages: sets (CPUID 2)"},
      {"itlb_4k_ways", &P::itlb_4k_ways, Kind::count, 1, 64,
       "code TLB, 4 KiB pages: ways (CPUID 2)"},
      {"itlb_2m_sets", &P::itlb_2m_sets, Kind::sets, 1, 4096,
       "code TLB, large pages: sets (CPUID 2)"},
      {"itlb_2m_ways", &P::itlb_2m_ways, Kind::count, 1, 64,
       "code TLB, large pages: ways (CPUID 2)"},
      {"stlb_sets", &P::stlb_sets, Kind::sets, 1, 65536, "second-level TLB, 4 KiB: sets (CPUID 2)"},
      {"stlb_ways", &P::stlb_ways, Kind::count, 1, 64, "second-level TLB, 4 KiB: ways (CPUID 2)"},
      {"stlb_latency", &P::stlb_latency, Kind::cycles, 0, longest,
       "added by a second-level TLB hit"},
      {"walk_start", &P::walk_start, Kind::cycles, 0, longest,
       "added by a miss of all TLBs, besides the loads of the walk"},
      {"pml4e_cache_entries", &P::pml4e_cache_entries, Kind::count, 1, 64,
       "PML4E cache, fully associative: entries"},
      {"pdpte_cache_entries", &P::pdpte_cache_entries, Kind::count, 1, 64,
       "PDPTE cache, fully associative: entries"},
      {"pde_cache_sets", &P::pde_cache_sets, Kind::sets, 1, 4096, "PDE cache: sets"},
      {"pde_cache_ways", &P::pde_cache_ways, Kind::count, 1, 64, "PDE cache: ways"},
  };
}

[[noreturn]] void refuse(const std::string& text) { throw MemoryTimingError(text); }

bool power_of_two(std::uint64_t value) { return value != 0 && (value & (value - 1)) == 0; }

/// Numbers in `values` are 0 ..< n without gaps; returns n.
std::uint32_t check_numbering(const std::vector<std::uint32_t>& values, const std::string& what) {
  std::vector<bool> seen(values.size());
  std::uint32_t highest = 0;
  for (const std::uint32_t value : values) {
    if (value >= values.size()) refuse(what + " " + std::to_string(value) + " leaves a gap");
    seen[value] = true;
    if (value > highest) highest = value;
  }
  for (std::uint32_t i = 0; i <= highest && !values.empty(); ++i)
    if (!seen[i]) refuse(what + " " + std::to_string(i) + " is nobody's");
  return values.empty() ? 0 : highest + 1;
}

void check_ranges(const MemoryTopology& topology) {
  for (const NodeRange& range : topology.ranges) {
    if (range.end <= range.base) refuse("a memory range of a node is empty");
    if (range.node >= topology.socket_of_node.size())
      refuse("memory of node " + std::to_string(range.node) + ", which has no socket");
  }
}

void check_topology(const MemoryTopology& topology) {
  constexpr std::uint32_t most_cores = 64;  // presence bits of a directory entry
  if (topology.core_of_cpu.empty()) refuse("a memory hierarchy without CPUs");
  if (topology.socket_of_node.empty()) refuse("a memory hierarchy without a node");
  if (check_numbering(topology.core_of_cpu, "core") != topology.socket_of_core.size())
    refuse("not every core has both CPUs and a socket");
  constexpr std::uint32_t most_threads = 8;  // users of a line in an L1
  std::vector<std::uint32_t> threads(topology.socket_of_core.size());
  for (const std::uint32_t core : topology.core_of_cpu)
    if (++threads[core] > most_threads) refuse("more than 8 threads in a core");
  const std::uint32_t sockets = check_numbering(topology.socket_of_core, "socket");
  std::vector<std::uint32_t> cores(sockets);
  for (const std::uint32_t socket : topology.socket_of_core)
    if (++cores[socket] > most_cores) refuse("more than 64 cores in a socket");
  for (const std::uint32_t socket : topology.socket_of_node)
    if (socket >= sockets)
      refuse("a node of socket " + std::to_string(socket) + ", which has no cores");
  check_ranges(topology);
}

}  // namespace

const std::vector<MemoryParameter>& memory_parameters() {
  static const std::vector<MemoryParameter> parameters = make_parameters();
  return parameters;
}

void check(const MemoryParameters& parameters) {
  for (const MemoryParameter& p : memory_parameters()) {
    const std::uint64_t value = parameters.*p.field;
    if (value < p.lowest || value > p.highest)
      refuse(std::string("memory.") + p.name + " is " + std::to_string(value) +
             ", allowed: " + std::to_string(p.lowest) + ".." + std::to_string(p.highest));
    if (p.kind == Kind::sets && !power_of_two(value))
      refuse(std::string("memory.") + p.name + " is " + std::to_string(value) +
             ", allowed: a power of two");
  }
}

void check(const MemoryTimingConfig& config) {
  check(config.parameters);
  check_topology(config.topology);
}

Cycle least_transfer(const MemoryParameters& p) {
  return std::min({p.snoop_clean, p.snoop_modified, p.upgrade, p.cross_clean, p.cross_modified,
                   p.cross_upgrade});
}

}  // namespace apicsim

#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "models/memory/hierarchy/coherence.h"
#include "models/memory/hierarchy/core_caches.h"
#include "models/memory/hierarchy/last_level_cache.h"
#include "models/memory/hierarchy/line_access.h"
#include "models/memory/hierarchy/memory_channels.h"
#include "models/memory/hierarchy/memory_timing_config.h"
#include "models/memory/write_back_listener.h"

namespace apicsim {

/// Caches, coherence and memory of a machine: who holds which line in which state, and what an
/// access costs. The data themselves are elsewhere; nothing here changes what a program computes.
///
/// Addresses are physical; an access lies within one line, longer ones are split by the caller.
/// Uncached accesses do not come here. Times may be given out of order (an out-of-order core asks
/// for the time at which an access starts), the state changes in the order of the calls.
class MemoryHierarchy {
 public:
  /// Throws MemoryTimingError, see check().
  explicit MemoryHierarchy(const MemoryTimingConfig& config);

  /// An access that the CPU's own core can serve (L1, L2) and no other core can notice: changes
  /// only that core's state. False: shared_access() is needed; nothing has changed.
  bool private_access(std::uint32_t cpu, std::uint64_t physical, LineUse use, Cycle now,
                      LineAccess& out) {
    CoreCaches& core = *m_core_of_cpu[cpu];
    const std::uint64_t line = physical >> cache_line_shift;
    const CoreCaches::Hit hit = core.access(line, use, m_thread_of_cpu[cpu]);
    if (hit == CoreCaches::Hit::none) return false;
    out = private_result(cpu, core, line, hit, now);
    return true;
  }

  /// Whether a store would be private_access() and served by the L1D; nothing changes.
  bool stores_hit(std::uint32_t cpu, std::uint64_t physical) const {
    return m_core_of_cpu[cpu]->stores_hit(physical >> cache_line_shift, m_thread_of_cpu[cpu]);
  }

  /// Any access: last level, other cores, other sockets, memory. Takes effect on all caches at
  /// once, so under exact scheduling the CPU has to be the earliest one.
  LineAccess shared_access(std::uint32_t cpu, std::uint64_t physical, LineUse use, Cycle now);

  /// A locked operation of the CPU, whose access is through at `done`, keeps the line for the hold
  /// time: the other thread of the core gets it afterwards, as other cores do.
  void hold_line(std::uint32_t cpu, std::uint64_t physical, Cycle done) {
    m_core_of_cpu[cpu]->hold(physical >> cache_line_shift, cpu, done + m_parameters.owner_hold);
  }

  /// CLFLUSH: the line leaves all caches of the machine, modified data go to memory. Returns the
  /// cycles that it takes.
  Cycle flush_line(std::uint32_t cpu, std::uint64_t physical, Cycle now);

  /// WBINVD and INVD: the socket's caches are written back and emptied. Returns the cycles that
  /// it takes, which grow with the modified lines. INVD, which would lose data that this model does
  /// not hold, costs the same.
  Cycle write_back_all(std::uint32_t cpu, Cycle now);

  /// The private caches of the CPU's core are written back to the last level and empty: C3 and
  /// deeper. To be called when the last thread of the core goes there.
  void lose_private(std::uint32_t cpu, Cycle now);

  /// DMA of `size` bytes: reads leave the data with the owner, but known to the last level; writes
  /// invalidate all copies. Memory channels are occupied accordingly.
  void device_access(std::uint64_t physical, std::uint64_t size, bool write, Cycle now);

  /// At most one, not owned; nullptr for none.
  void set_write_back_listener(WriteBackListener* listener) { m_write_backs = listener; }

  const MemoryCounters& counters(std::uint32_t cpu) const { return m_counters[cpu]; }

  // --- for tests and inspection ------------------------------------------------------------------
  LineState core_state(std::uint32_t core, std::uint64_t physical) const {
    return m_cores[core].state(physical >> cache_line_shift);
  }
  LineState socket_state(std::uint32_t socket, std::uint64_t physical) const;
  const CoreCaches& core(std::uint32_t core) const { return m_cores[core]; }
  const LastLevelCache& last_level(std::uint32_t socket) const { return m_sockets[socket]; }

 private:
  /// One access on its way through the machine.
  struct Request {
    std::uint32_t cpu, core, socket;
    std::uint64_t line;
    LineUse use;
    Cycle start;  ///< when the line is free for it
  };
  /// What the other sockets answered.
  struct Answer {
    bool elsewhere = false;  ///< a copy stays in another socket
    bool forwarded = false;
    bool dirty = false;
  };

  LineAccess private_result(std::uint32_t cpu, const CoreCaches& core, std::uint64_t line,
                            CoreCaches::Hit hit, Cycle now) {
    const bool first = hit == CoreCaches::Hit::l1;
    const ServedBy level = first ? ServedBy::l1 : ServedBy::l2;
    Cycle latency = first ? m_parameters.l1_latency : m_parameters.l2_latency;
    MemoryCounters& counters = m_counters[cpu];
    ++counters.served[static_cast<unsigned>(level)];
    const Cycle ready = core.ready(line, cpu, now);
    if (ready > now + latency) {
      latency = ready - now;
      ++counters.fill_waits;
    }
    return {latency, level};
  }

  LineAccess serve(Request& request);
  LineAccess own_within_socket(const Request& request, LastLevelCache::Line& entry);
  LineAccess read_within_socket(const Request& request, LastLevelCache::Line& entry);
  LineAccess upgrade_across(Request& request, LastLevelCache::Line& entry);
  LineAccess from_outside(Request& request);
  LineAccess from_memory(const Request& request);
  void fill_core(const Request& request, LineState granted);

  // --- snooping.cpp ---
  bool snoop_cores(std::uint32_t socket, LastLevelCache::Line& entry, std::uint64_t which,
                   Snoop snoop);
  Answer snoop_sockets(const Request& request, Snoop snoop);
  Cycle busy_elsewhere(const Request& request) const;
  void wait_for_transit(Request& request, Cycle busy);
  LastLevelCache::Line& take_in(const Request& request, LineState state);
  void write_back(std::uint32_t core, std::uint64_t line);

  std::uint32_t node_of(std::uint64_t line) const;
  Cycle take_channel(std::uint64_t line, Cycle now);
  void write_to_memory(std::uint64_t line, Cycle now);
  bool drop(std::uint32_t socket, std::uint64_t line);
  static unsigned bits_set(std::uint64_t word) {
    return static_cast<unsigned>(__builtin_popcountll(word));
  }
  std::uint64_t presence(const Request& request) const {
    return std::uint64_t{1} << m_core_in_socket[request.core];
  }
  /// The line is on its way until the request is served; who comes meanwhile waits.
  void set_busy(LastLevelCache::Line& entry, const Request& request, Cycle latency) const;

  const MemoryParameters m_parameters;
  const MemoryTopology m_topology;
  std::vector<CoreCaches> m_cores;
  std::vector<LastLevelCache> m_sockets;
  std::vector<MemoryChannels> m_channels;       ///< by node
  std::vector<std::uint32_t> m_core_in_socket;  ///< number of each core within its socket
  std::vector<std::vector<std::uint32_t>> m_cores_of_socket;
  std::vector<CoreCaches*> m_core_of_cpu;
  std::vector<std::uint32_t> m_thread_of_cpu;  ///< number of each CPU within its core
  std::vector<MemoryCounters> m_counters;
  WriteBackListener* m_write_backs = nullptr;
};

}  // namespace apicsim

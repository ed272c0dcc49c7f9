#pragma once

#include "models/core/timing/branch_predictor.h"
#include "models/core/timing/memory_operation.h"
#include "models/core/timing/scoreboard.h"
#include "models/memory/hierarchy/memory_hierarchy.h"
#include "models/memory/hierarchy/translation_timing.h"

namespace apicsim {

/// Timing of one logical CPU: its scoreboard, predictor and TLBs, and its way to the caches.
///
/// The CPU calls begin(), executes the instruction, whose memory accesses come by on their way,
/// and then finish(), abandon() or nothing. An access that other cores can notice is refused while
/// the CPU is not the earliest one; the instruction is then executed again.
class CoreTiming {
 public:
  CoreTiming(u32 cpu, const CoreTimingConfig& config, const MemoryParameters& parameters,
             MemoryHierarchy& hierarchy)
      : m_cpu(cpu),
        m_config(config),
        m_hierarchy(hierarchy),
        m_translation(parameters),
        m_board(config),
        m_predictor(config) {}

  Scoreboard& board() { return m_board; }
  const Scoreboard& board() const { return m_board; }
  TranslationTiming& translation() { return m_translation; }
  MemoryHierarchy& hierarchy() { return m_hierarchy; }

  /// `may_share`: the caches of others may be asked.
  void begin(const OpTiming& timing, bool may_share) {
    m_board.begin(timing);
    m_access_time = m_board.loads_start(timing);
    m_locked = timing.kind == TimingKind::locked;
    start_accesses(may_share);
  }
  /// Accesses that belong to no instruction: delivery of an event at `now`.
  void begin_event(Cycle now) {
    m_access_time = now;
    m_locked = false;
    start_accesses(true);
  }
  void begin_fetch(bool may_share) {
    m_access_time = m_board.front();
    m_may_share = may_share;
  }
  bool may_share() const { return m_may_share; }
  bool locked() const { return m_locked; }

  /// Where an instruction was and where it led.
  struct Path {
    u64 address = 0;          ///< of the instruction
    u64 next = 0;             ///< of the one behind it
    u64 target = 0;           ///< of the one that is executed next
    Cycle outside_until = 0;  ///< see ExecutionOutcome
  };
  /// The instruction is done; returns its retirement.
  Cycle finish(const OpTiming& timing, const Path& path);
  /// One iteration of a repeated instruction is done.
  Cycle finish_iteration(const OpTiming& timing, bool first);
  /// The instruction will be executed again at the CPU's turn.
  void abandon() { m_earlier = m_operations; }

  /// A load or store of bytes within one page; `translation`: cycles that it adds. False: the CPU
  /// has to wait for its turn.
  bool access(u64 physical, u32 size, bool store, Cycle translation);
  /// The part of an access that lies in the next page, after access() of the first part.
  bool access_second_page(u64 physical, u32 size, bool store, Cycle translation);
  /// One line, outside the order of loads and stores (page walks, prefetches). Precondition:
  /// may_share(), or the answer may be false.
  bool line(u64 physical, LineUse use, Cycle now, LineAccess& out) {
    if (m_hierarchy.private_access(m_cpu, physical, use, now, out)) return true;
    if (!m_may_share) return false;
    out = m_hierarchy.shared_access(m_cpu, physical, use, now);
    return true;
  }
  /// The instruction takes that much longer (CLFLUSH).
  void add_cost(Cycle cycles) {
    MemoryOperation operation;
    operation.latency = cycles;
    m_operations.add(operation);
  }
  Cycle access_time() const { return m_access_time; }
  /// What the accesses since begin_event() cost beyond hits of the L1 cache.
  Cycle event_cost() const;

  // What the CPU has met so far, for performance counters.
  u64 mispredictions() const { return m_mispredictions; }
  u64 last_level_references() const { return served_from(ServedBy::llc); }
  u64 last_level_misses() const { return served_from(ServedBy::other_socket); }

  /// Whether a store to these bytes would be carried out now, not refused.
  bool may_store(u64 physical, u32 size) const {
    return m_may_share || (m_hierarchy.stores_hit(m_cpu, physical) &&
                           m_hierarchy.stores_hit(m_cpu, physical + size - 1));
  }

  /// The line that instructions are fetched from, as linear address >> 6.
  u64 fetch_line() const { return m_fetch_line; }
  void set_fetch_line(u64 line) { m_fetch_line = line; }
  /// A line of instructions; `translation`: cycles that it adds. False: as for access().
  bool fetch(u64 physical, Cycle translation);

  void flush(bool keep_global) {
    m_translation.flush(keep_global);
    m_fetch_line = ~u64{0};
  }
  void flush_page(u64 linear) {
    m_translation.flush_page(linear);
    m_fetch_line = ~u64{0};
  }

 private:
  void start_accesses(bool may_share) {
    m_may_share = may_share;
    m_operations.clear();
  }
  bool bytes(u64 physical, u32 size, bool store, MemoryOperation& operation);
  u64 served_from(ServedBy nearest) const;
  bool predicted_wrong(TimingKind kind, const Path& path, bool taken);

  const u32 m_cpu;
  const CoreTimingConfig& m_config;
  MemoryHierarchy& m_hierarchy;
  Cycle m_access_time = 0;  ///< estimate of when the instruction's accesses start
  u64 m_fetch_line = ~u64{0};
  u64 m_mispredictions = 0;
  bool m_may_share = true;
  bool m_locked = false;
  MemoryOperations m_operations;
  MemoryOperations m_earlier;  ///< of the instruction that waits for its turn
  TranslationTiming m_translation;
  Scoreboard m_board;
  BranchPredictor m_predictor;
};

}  // namespace apicsim

#pragma once

#include <array>

#include "models/core/timing/core_timing_config.h"
#include "models/core/timing/fill_buffers.h"
#include "models/core/timing/memory_operation.h"
#include "models/core/timing/op_timing.h"
#include "models/core/timing/port_calendar.h"
#include "models/core/timing/scheduler_queue.h"
#include "models/core/timing/store_buffer.h"
#include "models/time/cycle.h"

namespace apicsim {

/// What became of an instruction, beside its memory operations.
struct ExecutionOutcome {
  /// It reached outside the core (device, APIC page, MSR) and was through at this cycle; 0: it did
  /// not.
  Cycle outside_until = 0;
  bool taken = false;         ///< a branch that was taken
  bool mispredicted = false;  ///< the right path is fetched after the branch has been executed
  u8 length = 4;              ///< bytes of the instruction
};

/// Times of one logical CPU's instructions in an out-of-order core, computed in one pass over the
/// retired path: each instruction is renamed in order, waits for its sources, takes the first free
/// cycle of a port, and retires in order. What it needs of those before it is kept as the cycles
/// in which registers are ready, ports are taken and buffer places are free.
///
/// Times are cycles of the core-reference clock. The state is plain data of a few kilobytes.
class Scoreboard {
 public:
  /// Largest `reorder_entries`.
  static constexpr unsigned most_reorder_entries = 256, most_load_buffers = 128;

  /// Precondition: the sizes lie within the ranges of CoreTimingConfig.
  explicit Scoreboard(const CoreTimingConfig& config);

  /// The cycle in which the next instruction is renamed. May be asked again for another one when
  /// the instruction was left without effect.
  Cycle begin(const OpTiming& timing);
  /// When the loads of the instruction can start, after begin(): its address is known and no order
  /// holds them back. Ports may still delay them.
  Cycle loads_start(const OpTiming& timing) const {
    const Cycle address = later(m_start, ready(timing.address_sources));
    return later(later(address, m_load_barrier), ordered_after(timing.kind));
  }
  /// When RDTSC or RDTSCP, after begin(), is executed.
  Cycle execution_start(const OpTiming& timing) const;

  /// The instruction that begin() was asked for has been executed. Returns its retirement.
  Cycle account(const OpTiming& timing, const MemoryOperations& memory,
                const ExecutionOutcome& outcome);
  /// The same for one iteration of a repeated string instruction; `first`: its first one since it
  /// was started or resumed.
  Cycle iterate(const OpTiming& timing, const MemoryOperations& memory, bool first);

  Cycle front() const { return m_rename; }     ///< of the youngest instruction's renaming
  Cycle retired() const { return m_retired; }  ///< of the youngest instruction so far
  /// All instructions have retired and their stores have reached the cache.
  Cycle drained() const { return later(m_retired, m_stores.drained()); }

  /// The pipeline is empty and nothing is renamed before `cycle`: an event was delivered, the CPU
  /// was idle.
  void resume(Cycle cycle);
  /// Instructions arrive late by this many cycles.
  void stall_fetch(Cycle cycles) { open_group(m_rename + cycles); }
  /// The other thread of the core runs, too; `thread` 0 or 1 is this one.
  void share(bool shared, unsigned thread) {
    m_shared = shared;
    m_thread = thread;
  }

 private:
  static Cycle later(Cycle a, Cycle b) { return a > b ? a : b; }
  /// When the last of several units is ready.
  Cycle ready(u32 units) const {
    Cycle at = 0;
    for (; units != 0; units &= units - 1)
      at = later(at, m_ready[static_cast<unsigned>(__builtin_ctz(units))]);
    return at;
  }
  void set_ready(u32 units, Cycle at) {
    for (; units != 0; units &= units - 1)
      m_ready[static_cast<unsigned>(__builtin_ctz(units))] = at;
  }
  u32 of_thread(u32 entries) const { return m_shared ? entries / 2 : entries; }
  Cycle own_cycle(Cycle cycle) const {
    return m_shared && (cycle & 1) != m_thread ? cycle + 1 : cycle;
  }
  void open_group(Cycle cycle);
  void hold_until(Cycle cycle) {
    if (cycle > m_rename) open_group(cycle);
  }
  Cycle rename(const OpTiming& timing, unsigned length);
  Cycle load(const MemoryOperation& operation, Cycle address);
  Cycle execute(const OpTiming& timing, Cycle operands);
  /// Cycle from which an instruction of a kind with ordering rules may execute.
  Cycle ordered_after(TimingKind kind) const;
  Cycle issue_stores(const MemoryOperations& memory, Cycle address, Cycle data);
  void drain_stores(const OpTiming& timing, const MemoryOperations& memory, Cycle data);
  void enter_string_stores(const MemoryOperations& memory);
  void retire(unsigned uops, unsigned loads, Cycle complete);
  void apply_order(const OpTiming& timing, Cycle renamed, Cycle result);
  void follow_branch(const ExecutionOutcome& outcome, Cycle resolved);

  CoreTimingConfig m_config;
  bool m_shared = false;
  unsigned m_thread = 0;

  Cycle m_start = 0;       ///< answer of begin()
  Cycle m_rename = 0;      ///< cycle of the newest rename group
  u32 m_renamed = 0;       ///< micro-operations in that group
  u32 m_fetched = 0;       ///< bytes in that group
  Cycle m_next_taken = 0;  ///< no taken branch is renamed before
  Cycle m_retired = 0;
  u32 m_retired_now = 0;     ///< micro-operations that retire in m_retired
  Cycle m_load_barrier = 0;  ///< no load executes before
  Cycle m_last_result = 0;   ///< of the instruction before
  Cycle m_string_sixteenths = 0;
  u64 m_string_line = 0;
  u32 m_sequence = 0;  ///< micro-operations renamed so far
  u32 m_load_sequence = 0;

  std::array<Cycle, unit::count> m_ready{};
  PortCalendar m_ports;
  SchedulerQueue m_scheduler;
  StoreBuffer m_stores;
  FillBuffers m_fills;
  std::array<Cycle, most_reorder_entries> m_reorder{};  ///< retirement by sequence number
  std::array<Cycle, most_load_buffers> m_loads{};       ///< the same of loads
};

}  // namespace apicsim

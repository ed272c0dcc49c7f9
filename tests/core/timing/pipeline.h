#pragma once

#include "models/core/timing/scoreboard.h"

namespace apicsim {

/// A scoreboard that is fed with instructions made up for the test.
class Pipeline {
 public:
  explicit Pipeline(const CoreTimingConfig& config = {}) : m_board(config) {}

  /// Nothing but a register operation of one micro-operation on ports 0, 1 and 5.
  static OpTiming alu(u32 results, u32 sources, u16 latency = 1) {
    OpTiming t;
    t.results = results;
    t.sources = sources;
    t.latency = latency;
    t.groups[0] = {0x23, 1, 1};
    return t;
  }
  static OpTiming load_op(u32 results, u32 address = 0) {
    OpTiming t;
    t.results = results;
    t.address_sources = address;
    t.loads = 1;
    return t;
  }
  static OpTiming store_op(u32 data, u32 address = 0) {
    OpTiming t;
    t.sources = data;
    t.address_sources = address;
    t.stores = 1;
    return t;
  }
  static OpTiming of_kind(TimingKind kind, u16 latency = 0, u16 reciprocal = 0) {
    OpTiming t;
    t.kind = kind;
    t.latency = latency;
    t.reciprocal = reciprocal;
    return t;
  }
  static MemoryOperation access(u64 physical, bool store, Cycle latency = 4, u32 size = 8) {
    MemoryOperation m;
    m.physical = physical;
    m.size = size;
    m.store = store;
    m.latency = latency;
    m.miss = latency > 4;
    return m;
  }

  /// Retirement of one instruction.
  Cycle run(const OpTiming& timing, const ExecutionOutcome& outcome = {}) {
    MemoryOperations none;
    return run(timing, none, outcome);
  }
  Cycle run(const OpTiming& timing, const MemoryOperation& access,
            const ExecutionOutcome& outcome = {}) {
    MemoryOperations memory;
    memory.add(access);
    return run(timing, memory, outcome);
  }
  Cycle run(const OpTiming& timing, const MemoryOperations& memory,
            const ExecutionOutcome& outcome = {}) {
    m_started = m_board.begin(timing);
    return m_board.account(timing, memory, outcome);
  }
  Cycle load(u32 results, u64 physical, Cycle latency = 4, u32 size = 8, u32 address = 0) {
    return run(load_op(results, address), access(physical, false, latency, size));
  }
  Cycle store(u32 data, u64 physical, Cycle latency = 4, u32 size = 8, u32 address = 0) {
    return run(store_op(data, address), access(physical, true, latency, size));
  }
  /// When a register or flag is ready: what an instruction that only waits for it retires at, less
  /// its own cycle. Only for the end of a test.
  Cycle ready(u32 units) {
    OpTiming t;
    t.sources = units;
    t.uops = 0;
    return m_board.execution_start(t);
  }

  Cycle started() const { return m_started; }  ///< renaming of the last instruction
  Scoreboard& board() { return m_board; }

 private:
  Scoreboard m_board;
  Cycle m_started = 0;
};

}  // namespace apicsim

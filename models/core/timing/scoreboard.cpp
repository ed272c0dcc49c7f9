#include "models/core/timing/scoreboard.h"

#include <algorithm>

namespace apicsim {

namespace {

unsigned execution_uops(const OpTiming& timing) {
  return timing.groups[0].count + timing.groups[1].count + timing.groups[2].count + timing.loads +
         2u * timing.stores;
}

bool transfers_control(TimingKind kind) {
  return kind >= TimingKind::branch && kind <= TimingKind::ret;
}

}  // namespace

Scoreboard::Scoreboard(const CoreTimingConfig& config)
    : m_config(config), m_scheduler(config.scheduler_entries), m_fills(config.fill_buffers) {}

// --- rename -------------------------------------------------------------------------------------

void Scoreboard::open_group(Cycle cycle) {
  m_rename = own_cycle(cycle);
  m_renamed = 0;
  m_fetched = 0;
  m_ports.advance(m_rename);
}

Cycle Scoreboard::begin(const OpTiming& timing) {
  Cycle start = m_rename;
  const bool full = m_renamed >= m_config.issue_width || m_fetched >= m_config.fetch_bytes;
  if (full && !timing.fused) ++start;
  // The last of its micro-operations needs a place; the others are older.
  const u32 uops = std::min<u32>(timing.uops, 4);
  const u32 place = m_sequence + uops - 1 - of_thread(m_config.reorder_entries);
  start = later(start, m_reorder[place & (most_reorder_entries - 1)]);
  if (timing.loads != 0) {
    const u32 load = m_load_sequence + timing.loads - 1 - of_thread(m_config.load_buffers);
    start = later(start, m_loads[load & (most_load_buffers - 1)]);
  }
  if (timing.stores != 0)
    start = later(start, m_stores.free_at(timing.stores, of_thread(m_config.store_buffers)));
  start = m_scheduler.room_at(start, execution_uops(timing));
  if (transfers_control(timing.kind)) start = later(start, m_next_taken);
  m_start = own_cycle(start);
  return m_start;
}

/// Takes the places that begin() found; the cycle of the last micro-operation.
Cycle Scoreboard::rename(const OpTiming& timing, unsigned length) {
  if (m_start > m_rename) {
    const u32 fetched = m_fetched > m_config.fetch_bytes ? m_fetched - m_config.fetch_bytes : 0;
    open_group(m_start);
    m_fetched = fetched;
  }
  m_renamed += timing.uops;
  m_fetched += length;
  while (m_renamed > m_config.issue_width) {
    m_renamed -= m_config.issue_width;
    m_rename = own_cycle(m_rename + 1);
    m_fetched = 0;
  }
  return m_rename;
}

// --- execution ----------------------------------------------------------------------------------

Cycle Scoreboard::ordered_after(TimingKind kind) const {
  switch (kind) {
    case TimingKind::load_fence:
    case TimingKind::ordered:
      return m_retired;
    case TimingKind::locked:
    case TimingKind::full_fence:
    case TimingKind::serialising:
      return drained();
    default:
      return 0;
  }
}

Cycle Scoreboard::execution_start(const OpTiming& timing) const {
  return later(later(m_start, ready(timing.sources)), ordered_after(timing.kind));
}

Cycle Scoreboard::load(const MemoryOperation& operation, Cycle address) {
  const Cycle start = m_ports.reserve_port(m_config.load_ports, later(address, m_load_barrier));
  m_scheduler.enter(start);
  if (const auto* store = m_stores.find(operation.physical, operation.size, start)) {
    if (StoreBuffer::contains(*store, operation.physical, operation.size))
      return later(start, store->data_ready) + m_config.store_forward;
    return later(start, store->drained) + m_config.failed_forward;
  }
  if (operation.miss) return m_fills.fill(start, operation.latency);
  return start + operation.latency;
}

/// Result of the execution micro-operations, all of which start with the same operands.
Cycle Scoreboard::execute(const OpTiming& timing, Cycle operands) {
  if (timing.groups[0].count == 0) return operands + timing.latency;
  Cycle first = never, last = 0;
  for (const UopGroup& group : timing.groups) {
    for (unsigned n = 0; n < group.count; ++n) {
      const Cycle at = m_ports.reserve(group, operands);
      m_scheduler.enter(at);
      first = std::min(first, at);
      last = later(last, at);
    }
  }
  return later(first + timing.latency, last + 1);
}

Cycle Scoreboard::issue_stores(const MemoryOperations& memory, Cycle address, Cycle data) {
  Cycle complete = 0;
  for (const MemoryOperation& operation : memory) {
    if (!operation.store) continue;
    const Cycle at = m_ports.reserve_port(m_config.store_address_ports, address);
    const Cycle value = m_ports.reserve_port(m_config.store_data_ports, data);
    m_scheduler.enter(at);
    m_scheduler.enter(value);
    complete = later(complete, later(at, value) + 1);
  }
  return complete;
}

/// In order, after retirement. A line that is not owned is asked for when the store retires, so
/// that misses of several stores overlap as far as there are fill buffers.
void Scoreboard::drain_stores(const OpTiming& timing, const MemoryOperations& memory, Cycle data) {
  if (timing.kind == TimingKind::store_fence)
    m_stores.push_fence(later(m_stores.drained(), m_retired) + timing.latency);
  for (const MemoryOperation& operation : memory) {
    if (!operation.store) continue;
    Cycle owned = m_retired;
    if (timing.kind == TimingKind::locked)
      owned = later(owned, data);
    else if (operation.miss)
      owned = m_fills.fill(m_retired, operation.latency);
    else if (operation.latency > m_config.l1_latency)
      owned += operation.latency - m_config.l1_latency;
    m_stores.push(operation.physical, operation.size, data, later(m_stores.drained() + 1, owned));
  }
}

// --- retirement ---------------------------------------------------------------------------------

void Scoreboard::retire(unsigned uops, unsigned loads, Cycle complete) {
  if (complete > m_retired) {
    m_retired = complete;
    m_retired_now = 0;
  }
  m_retired_now += uops;
  while (m_retired_now > m_config.retire_width) {
    ++m_retired;
    m_retired_now -= m_config.retire_width;
  }
  for (; uops != 0; --uops) m_reorder[m_sequence++ & (most_reorder_entries - 1)] = m_retired;
  for (; loads != 0; --loads) m_loads[m_load_sequence++ & (most_load_buffers - 1)] = m_retired;
}

/// What instructions of a kind with ordering rules hold back.
void Scoreboard::apply_order(const OpTiming& timing, Cycle renamed, Cycle result) {
  switch (timing.kind) {
    case TimingKind::locked:
    case TimingKind::full_fence:
      m_load_barrier = result;
      break;
    case TimingKind::load_fence:
      hold_until(result);
      break;
    case TimingKind::serialising:
      hold_until(later(result, renamed + timing.reciprocal));
      return;
    default:
      break;
  }
  if (timing.reciprocal != 0) hold_until(renamed + timing.reciprocal);
}

void Scoreboard::follow_branch(const ExecutionOutcome& outcome, Cycle resolved) {
  if (outcome.taken) {
    m_next_taken = m_rename + m_config.taken_branch_interval;
    if (m_config.taken_branch_ends_group) m_renamed = m_config.issue_width;
  }
  if (outcome.mispredicted) hold_until(resolved + m_config.mispredict_penalty);
}

Cycle Scoreboard::account(const OpTiming& timing, const MemoryOperations& memory,
                          const ExecutionOutcome& outcome) {
  Cycle renamed = rename(timing, outcome.length);
  const Cycle ordered = ordered_after(timing.kind);
  if (timing.kind == TimingKind::serialising) renamed = later(renamed, ordered);
  const Cycle address = later(later(renamed, ordered), ready(timing.address_sources));
  Cycle operands = later(later(renamed, ordered), ready(timing.sources));
  unsigned loads = 0;
  for (const MemoryOperation& operation : memory) {
    if (operation.store) continue;
    operands = later(operands, load(operation, address));
    ++loads;
  }
  Cycle result = renamed;
  if (timing.fused)
    result = m_last_result;
  else if (!timing.zero_idiom)
    result = execute(timing, operands);
  if (APICSIM_UNLIKELY(outcome.outside_until != 0)) result = later(result, outcome.outside_until);
  const Cycle complete = later(result, issue_stores(memory, address, result));
  set_ready(timing.early_results, address + 1);
  set_ready(timing.results, result);
  retire(timing.uops, loads, complete);
  drain_stores(timing, memory, result);
  m_last_result = result;
  if (transfers_control(timing.kind)) follow_branch(outcome, result);
  if (timing.kind != TimingKind::plain) apply_order(timing, renamed, result);
  if (APICSIM_UNLIKELY(outcome.outside_until != 0)) hold_until(outcome.outside_until);
  return m_retired;
}

void Scoreboard::resume(Cycle cycle) {
  if (cycle <= m_retired) return;
  m_retired = cycle;
  m_retired_now = 0;
  hold_until(cycle);
}

// --- repeated string instructions ---------------------------------------------------------------

/// Microcode moves pieces at a steady pace; a miss is waited for, stores are entered once per line.
Cycle Scoreboard::iterate(const OpTiming& timing, const MemoryOperations& memory, bool first) {
  if (first) {
    const Cycle renamed = rename(timing, 0);
    const Cycle start = later(renamed, ready(timing.address_sources | timing.sources));
    m_string_sixteenths = (start + timing.reciprocal) * 16;
    m_string_line = ~u64{0};
    retire(timing.uops, 0, start);
  }
  m_string_sixteenths += timing.iteration_sixteenths;
  Cycle now = (m_string_sixteenths + 15) / 16;
  for (const MemoryOperation& operation : memory) {
    if (!operation.miss && operation.latency <= m_config.l1_latency) continue;
    if (operation.store) continue;
    now = m_fills.fill(now, operation.latency);
    m_string_sixteenths = now * 16;
  }
  retire(0, 0, now);
  enter_string_stores(memory);
  set_ready(timing.results, now);
  m_last_result = now;
  hold_until(now);
  return m_retired;
}

/// Stores of neighbouring pieces are combined: a place in the buffer for each line.
void Scoreboard::enter_string_stores(const MemoryOperations& memory) {
  for (const MemoryOperation& operation : memory) {
    if (!operation.store || operation.physical >> 6 == m_string_line) continue;
    m_string_line = operation.physical >> 6;
    const Cycle owned = operation.miss ? m_fills.fill(m_retired, operation.latency) : m_retired;
    const Cycle drained = later(m_stores.drained() + 1, owned);
    m_stores.push(operation.physical, operation.size, m_retired, drained);
    const Cycle place = m_stores.free_at(1, of_thread(m_config.store_buffers));
    m_string_sixteenths = later(m_string_sixteenths, place * 16);
  }
}

}  // namespace apicsim

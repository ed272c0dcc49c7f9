#include "models/core/timing/core_timing.h"

#include <algorithm>

namespace apicsim {

namespace {

constexpr u64 line_mask = cache_line_size - 1;

}  // namespace

// --- data ---------------------------------------------------------------------------------------

/// The line or the two lines that the bytes lie in.
bool CoreTiming::bytes(u64 physical, u32 size, bool store, MemoryOperation& operation) {
  // A locked operation takes the line with the right to write from its load on.
  const LineUse use = store || m_locked ? LineUse::store : LineUse::load;
  // Locked operations come in the order of time, also on a line that this core owns already.
  if (m_locked && !m_may_share) return false;
  // Stores ask for their line when they retire.
  const Cycle now = store ? std::max(m_access_time, m_board.retired()) : m_access_time;
  LineAccess answer;
  if (!line(physical, use, now, answer)) return false;
  operation.latency = answer.latency;
  operation.miss = answer.level != ServedBy::l1;
  if (m_locked && store) m_hierarchy.hold_line(m_cpu, physical, now + answer.latency);
  if (APICSIM_LIKELY((physical & line_mask) + size <= cache_line_size)) return true;
  if (!line((physical | line_mask) + 1, use, now, answer)) return false;
  operation.latency = std::max(operation.latency, answer.latency) + m_config.line_crossing;
  operation.miss |= answer.level != ServedBy::l1;
  return true;
}

bool CoreTiming::access(u64 physical, u32 size, bool store, Cycle translation) {
  MemoryOperation operation;
  operation.physical = physical;
  operation.size = size;
  operation.store = store;
  if (!bytes(physical, size, store, operation)) return false;
  operation.latency += translation;
  m_operations.add(operation);
  return true;
}

bool CoreTiming::access_second_page(u64 physical, u32 size, bool store, Cycle translation) {
  MemoryOperation second;
  if (!bytes(physical, size, store, second)) return false;
  MemoryOperation& operation = m_operations.last();
  operation.latency =
      std::max(operation.latency, second.latency + translation) + m_config.page_crossing;
  operation.miss |= second.miss;
  return true;
}

Cycle CoreTiming::event_cost() const {
  Cycle cost = 0;
  for (const MemoryOperation& operation : m_operations)
    if (operation.latency > m_config.l1_latency) cost += operation.latency - m_config.l1_latency;
  return cost;
}

/// Accesses that were served there or further away (the order of ServedBy).
u64 CoreTiming::served_from(ServedBy nearest) const {
  const MemoryCounters& counters = m_hierarchy.counters(m_cpu);
  u64 sum = 0;
  for (auto level = static_cast<unsigned>(nearest); level < static_cast<unsigned>(ServedBy::count);
       ++level)
    sum += counters.served[level];
  return sum;
}

// --- instructions -------------------------------------------------------------------------------

/// What is behind a line that comes late waits for it, too: the front end works in order.
bool CoreTiming::fetch(u64 physical, Cycle translation) {
  LineAccess answer;
  if (!line(physical, LineUse::fetch, m_board.front(), answer)) return false;
  const Cycle late = answer.latency - std::min<Cycle>(answer.latency, m_config.l1_latency);
  if (late + translation != 0) m_board.stall_fetch(late + translation);
  return true;
}

bool CoreTiming::predicted_wrong(TimingKind kind, const Path& path, bool taken) {
  switch (kind) {
    case TimingKind::branch:
      return m_predictor.conditional(path.address, taken);
    case TimingKind::indirect:
      return m_predictor.indirect(path.address, path.target);
    case TimingKind::call:
      m_predictor.call(path.next);
      return false;
    case TimingKind::call_indirect:
      m_predictor.call(path.next);
      return m_predictor.indirect(path.address, path.target);
    case TimingKind::ret:
      return m_predictor.ret(path.target);
    default:
      return false;
  }
}

Cycle CoreTiming::finish(const OpTiming& timing, const Path& path) {
  m_operations.keep_latencies_of(m_earlier);
  m_earlier.clear();
  ExecutionOutcome outcome;
  outcome.outside_until = path.outside_until;
  outcome.length = static_cast<u8>(path.next - path.address);
  outcome.taken = path.target != path.next;
  outcome.mispredicted = predicted_wrong(timing.kind, path, outcome.taken);
  m_mispredictions += outcome.mispredicted;
  return m_board.account(timing, m_operations, outcome);
}

Cycle CoreTiming::finish_iteration(const OpTiming& timing, bool first) {
  m_operations.keep_latencies_of(m_earlier);
  m_earlier.clear();
  return m_board.iterate(timing, m_operations, first);
}

}  // namespace apicsim

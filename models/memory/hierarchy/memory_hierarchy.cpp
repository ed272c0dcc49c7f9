#include "models/memory/hierarchy/memory_hierarchy.h"

namespace apicsim {
namespace {

const MemoryTimingConfig& checked(const MemoryTimingConfig& config) {
  check(config);
  return config;
}

bool may_be_modified(LineState socket) {
  return socket == LineState::exclusive || socket == LineState::modified;
}

bool single(std::uint64_t presence) { return presence != 0 && (presence & (presence - 1)) == 0; }

}  // namespace

MemoryHierarchy::MemoryHierarchy(const MemoryTimingConfig& config)
    : m_parameters(checked(config).parameters),
      m_topology(config.topology),
      m_counters(config.topology.core_of_cpu.size()) {
  const MemoryParameters& p = m_parameters;
  for (const std::uint32_t socket : m_topology.socket_of_core) {
    if (socket >= m_cores_of_socket.size()) m_cores_of_socket.resize(socket + 1);
    m_core_in_socket.push_back(static_cast<std::uint32_t>(m_cores_of_socket[socket].size()));
    m_cores_of_socket[socket].push_back(static_cast<std::uint32_t>(m_cores.size()));
    m_cores.emplace_back(p);
  }
  for (std::size_t i = 0; i < m_cores_of_socket.size(); ++i) m_sockets.emplace_back(p);
  for (std::size_t i = 0; i < m_topology.socket_of_node.size(); ++i)
    m_channels.emplace_back(p.memory_channels, p.memory_line_occupancy);
  std::vector<std::uint32_t> threads(m_cores.size(), 0);
  for (const std::uint32_t core : m_topology.core_of_cpu) {
    m_core_of_cpu.push_back(&m_cores[core]);
    m_thread_of_cpu.push_back(threads[core]++);
  }
}

LineAccess MemoryHierarchy::shared_access(std::uint32_t cpu, std::uint64_t physical, LineUse use,
                                          Cycle now) {
  LineAccess out;
  if (private_access(cpu, physical, use, now, out)) return out;
  const std::uint32_t core = m_topology.core_of_cpu[cpu];
  const std::uint64_t line = physical >> cache_line_shift;
  if (m_cores[core].hand_over(line, use, m_thread_of_cpu[cpu]))
    return private_result(cpu, m_cores[core], line, CoreCaches::Hit::l1, now);
  Request request{cpu, core, m_topology.socket_of_core[core], line, use, now};
  out = serve(request);
  out.latency += request.start - now;
  ++m_counters[cpu].served[static_cast<unsigned>(out.level)];
  m_cores[core].expect(request.line, now + out.latency);
  return out;
}

LineAccess MemoryHierarchy::serve(Request& request) {
  LastLevelCache::Line* const entry = m_sockets[request.socket].touch(request.line);
  if (entry == nullptr) return from_outside(request);
  const LineState held = m_cores[request.core].state(request.line);
  if (core_access(held, request.use).enough) {
    // Here, but the refill of the L1 pushes a modified line out to the last level.
    fill_core(request, held);
    return {m_parameters.l2_latency, ServedBy::l2};
  }
  wait_for_transit(request, entry->busy_until);
  if (socket_access(entry->state(), request.use) == SocketStep::upgrade)
    return upgrade_across(request, *entry);
  return request.use == LineUse::store ? own_within_socket(request, *entry)
                                       : read_within_socket(request, *entry);
}

LineAccess MemoryHierarchy::own_within_socket(const Request& request, LastLevelCache::Line& entry) {
  const bool was_here = m_cores[request.core].holds(request.line);
  const std::uint64_t others = entry.present & ~presence(request);
  LineAccess out{m_parameters.llc_latency, ServedBy::llc};
  if (snoop_cores(request.socket, entry, others, Snoop::invalidate))
    out = {m_parameters.snoop_modified, ServedBy::other_core};
  else if (was_here)
    out = {m_parameters.upgrade, ServedBy::upgrade};
  else if (others != 0)
    out = {m_parameters.snoop_clean, ServedBy::llc_snooped};
  m_counters[request.cpu].copies_taken += bits_set(others);
  entry.set_state(LineState::modified);
  set_busy(entry, request, out.latency);
  fill_core(request, LineState::modified);
  return out;
}

LineAccess MemoryHierarchy::read_within_socket(const Request& request,
                                               LastLevelCache::Line& entry) {
  const std::uint64_t others = entry.present & ~presence(request);
  LineAccess out{m_parameters.llc_latency, ServedBy::llc};
  // With a single core present the last level cannot know what that core did to its E copy.
  if (may_be_modified(entry.state()) && single(others)) {
    if (snoop_cores(request.socket, entry, others, Snoop::share))
      out = {m_parameters.snoop_modified, ServedBy::other_core};
    else
      out = {m_parameters.snoop_clean, ServedBy::llc_snooped};
    set_busy(entry, request, out.latency);
  }
  const bool alone = (entry.present & ~presence(request)) == 0;
  fill_core(request, core_grant(entry.state(), alone, request.use));
  return out;
}

LineAccess MemoryHierarchy::upgrade_across(Request& request, LastLevelCache::Line& entry) {
  wait_for_transit(request, busy_elsewhere(request));
  const std::uint64_t others = entry.present & ~presence(request);
  snoop_cores(request.socket, entry, others, Snoop::invalidate);
  m_counters[request.cpu].copies_taken += bits_set(others);
  snoop_sockets(request, Snoop::invalidate);
  entry.set_state(LineState::modified);
  set_busy(entry, request, m_parameters.cross_upgrade);
  fill_core(request, LineState::modified);
  return {m_parameters.cross_upgrade, ServedBy::cross_upgrade};
}

LineAccess MemoryHierarchy::from_outside(Request& request) {
  wait_for_transit(request, busy_elsewhere(request));
  const bool own = request.use == LineUse::store;
  const Answer answer = snoop_sockets(request, own ? Snoop::invalidate : Snoop::share);
  LineAccess out;
  if (!answer.forwarded)
    out = from_memory(request);
  else if (answer.dirty)
    out = {m_parameters.cross_modified, ServedBy::other_modified};
  else
    out = {m_parameters.cross_clean, ServedBy::other_socket};
  const LineState state = socket_fill(request.use, answer.elsewhere);
  set_busy(take_in(request, state), request, out.latency);
  fill_core(request, core_grant(state, true, request.use));
  return out;
}

LineAccess MemoryHierarchy::from_memory(const Request& request) {
  const Cycle wait = take_channel(request.line, request.start) - request.start;
  MemoryCounters& counters = m_counters[request.cpu];
  counters.channel_waits += wait != 0 ? 1 : 0;
  counters.channel_cycles += wait;
  if (m_topology.socket_of_node[node_of(request.line)] == request.socket)
    return {m_parameters.memory_local + wait, ServedBy::memory};
  return {m_parameters.memory_remote + wait, ServedBy::remote_memory};
}

void MemoryHierarchy::fill_core(const Request& request, LineState granted) {
  const auto pushed =
      m_cores[request.core].fill(request.line, request.use, granted, m_thread_of_cpu[request.cpu]);
  m_sockets[request.socket].find(request.line)->present |= presence(request);
  for (unsigned i = 0; i < pushed.count; ++i) write_back(request.core, pushed.lines[i]);
  m_counters[request.cpu].write_backs += pushed.count;
}

void MemoryHierarchy::write_back(std::uint32_t core, std::uint64_t line) {
  LastLevelCache::Line* const entry = m_sockets[m_topology.socket_of_core[core]].find(line);
  entry->set_state(LineState::modified);
  if (!m_cores[core].holds(line)) entry->present &= ~(std::uint64_t{1} << m_core_in_socket[core]);
}

LastLevelCache::Line& MemoryHierarchy::take_in(const Request& request, LineState state) {
  LastLevelCache::Line victim;
  LastLevelCache::Line& entry = m_sockets[request.socket].insert(request.line, state, victim);
  if (victim.tag != 0) {
    // The last level includes what its cores hold.
    const bool newer = snoop_cores(request.socket, victim, victim.present, Snoop::invalidate);
    if (newer || victim.state() == LineState::modified)
      write_to_memory(victim.line(), request.start);
  }
  return entry;
}

void MemoryHierarchy::set_busy(LastLevelCache::Line& entry, const Request& request,
                               Cycle latency) const {
  const Cycle hold = request.use == LineUse::store ? m_parameters.owner_hold : 0;
  entry.busy_until = request.start + latency + hold;
}

void MemoryHierarchy::wait_for_transit(Request& request, Cycle busy) {
  if (busy <= request.start) return;
  MemoryCounters& counters = m_counters[request.cpu];
  ++counters.transit_waits;
  counters.transit_cycles += busy - request.start;
  request.start = busy;
}

}  // namespace apicsim

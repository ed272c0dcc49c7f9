#include "models/memory/hierarchy/memory_hierarchy.h"

namespace apicsim {

/// Asks the cores `which` of a socket; true when one had newer data. The directory entry follows.
bool MemoryHierarchy::snoop_cores(std::uint32_t socket, LastLevelCache::Line& entry,
                                  std::uint64_t which, Snoop snoop) {
  bool modified = false;
  for (std::uint64_t left = which; left != 0; left &= left - 1) {
    const auto number = static_cast<unsigned>(__builtin_ctzll(left));
    const CoreSnoop answer = m_cores[m_cores_of_socket[socket][number]].snoop(entry.line(), snoop);
    modified = modified || answer.modified;
    if (answer.next == LineState::invalid) entry.present &= ~(std::uint64_t{1} << number);
  }
  if (modified) entry.set_state(LineState::modified);
  return modified;
}

/// Source snooping: the requesting socket asks all others, by ascending number.
MemoryHierarchy::Answer MemoryHierarchy::snoop_sockets(const Request& request, Snoop snoop) {
  Answer answer;
  for (std::uint32_t socket = 0; socket < m_sockets.size(); ++socket) {
    if (socket == request.socket) continue;
    LastLevelCache::Line* const entry = m_sockets[socket].find(request.line);
    if (entry == nullptr) continue;
    if (snoop == Snoop::invalidate)
      m_counters[request.cpu].copies_taken += bits_set(entry->present);
    snoop_cores(socket, *entry, entry->present, snoop);
    const bool dirty = entry->state() == LineState::modified;
    const SocketSnoop step = socket_snoop(entry->state(), dirty, snoop);
    answer.forwarded = answer.forwarded || step.forwards;
    answer.dirty = answer.dirty || (step.forwards && dirty);
    if (step.writes_back) write_to_memory(request.line, request.start);
    if (step.next == LineState::invalid) {
      m_sockets[socket].remove(request.line);
    } else {
      entry->set_state(step.next);
      answer.elsewhere = true;
    }
  }
  return answer;
}

Cycle MemoryHierarchy::busy_elsewhere(const Request& request) const {
  Cycle busy = 0;
  for (std::uint32_t socket = 0; socket < m_sockets.size(); ++socket) {
    if (socket == request.socket) continue;
    const LastLevelCache::Line* const entry = m_sockets[socket].find(request.line);
    if (entry != nullptr && entry->busy_until > busy) busy = entry->busy_until;
  }
  return busy;
}

std::uint32_t MemoryHierarchy::node_of(std::uint64_t line) const {
  const std::uint64_t physical = line << cache_line_shift;
  for (const NodeRange& range : m_topology.ranges)
    if (physical >= range.base && physical < range.end) return range.node;
  return 0;
}

Cycle MemoryHierarchy::take_channel(std::uint64_t line, Cycle now) {
  return m_channels[node_of(line)].take(line, now);
}

void MemoryHierarchy::write_to_memory(std::uint64_t line, Cycle now) {
  take_channel(line, now);
  if (m_write_backs != nullptr) m_write_backs->line_written_back(line << cache_line_shift);
}

/// Takes a line from a socket and its cores; true when its data have to go to memory.
bool MemoryHierarchy::drop(std::uint32_t socket, std::uint64_t line) {
  LastLevelCache::Line* const entry = m_sockets[socket].find(line);
  if (entry == nullptr) return false;
  snoop_cores(socket, *entry, entry->present, Snoop::invalidate);
  const bool dirty = entry->state() == LineState::modified;
  m_sockets[socket].remove(line);
  return dirty;
}

Cycle MemoryHierarchy::flush_line(std::uint32_t, std::uint64_t physical, Cycle now) {
  const std::uint64_t line = physical >> cache_line_shift;
  for (std::uint32_t socket = 0; socket < m_sockets.size(); ++socket)
    if (drop(socket, line)) write_to_memory(line, now);
  return m_parameters.flush_line;
}

Cycle MemoryHierarchy::write_back_all(std::uint32_t cpu, Cycle now) {
  const std::uint32_t socket = m_topology.socket_of_core[m_topology.core_of_cpu[cpu]];
  LastLevelCache& last_level = m_sockets[socket];
  for (const std::uint32_t core : m_cores_of_socket[socket])
    m_cores[core].empty([&](std::uint64_t line, bool modified) {
      if (modified) last_level.find(line)->set_state(LineState::modified);
    });
  Cycle lines = 0;
  last_level.for_each([&](const LastLevelCache::Line& entry) {
    if (entry.state() != LineState::modified) return;
    write_to_memory(entry.line(), now);
    ++lines;
  });
  last_level.clear();
  return m_parameters.write_back_all + lines * m_parameters.memory_line_occupancy;
}

void MemoryHierarchy::lose_private(std::uint32_t cpu, Cycle) {
  const std::uint32_t core = m_topology.core_of_cpu[cpu];
  LastLevelCache& last_level = m_sockets[m_topology.socket_of_core[core]];
  const std::uint64_t own = std::uint64_t{1} << m_core_in_socket[core];
  m_cores[core].empty([&](std::uint64_t line, bool modified) {
    LastLevelCache::Line* const entry = last_level.find(line);
    entry->present &= ~own;
    if (modified) entry->set_state(LineState::modified);
  });
}

void MemoryHierarchy::device_access(std::uint64_t physical, std::uint64_t size, bool write,
                                    Cycle now) {
  if (size == 0) return;
  const std::uint64_t last = (physical + size - 1) >> cache_line_shift;
  for (std::uint64_t line = physical >> cache_line_shift; line <= last; ++line) {
    bool cached = false;
    for (std::uint32_t socket = 0; socket < m_sockets.size(); ++socket) {
      LastLevelCache::Line* const entry = m_sockets[socket].find(line);
      if (entry == nullptr) continue;
      cached = true;
      if (write)
        drop(socket, line);
      else
        snoop_cores(socket, *entry, entry->present, Snoop::share);
    }
    if (write || !cached) take_channel(line, now);
  }
}

LineState MemoryHierarchy::socket_state(std::uint32_t socket, std::uint64_t physical) const {
  const LastLevelCache::Line* const entry = m_sockets[socket].find(physical >> cache_line_shift);
  return entry == nullptr ? LineState::invalid : entry->state();
}

}  // namespace apicsim

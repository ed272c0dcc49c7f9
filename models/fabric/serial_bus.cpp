#include "models/fabric/serial_bus.h"

#include <algorithm>

#include "models/fabric/notify_at.h"
#include "models/fabric/spec/serial_bus.h"

namespace apicsim {

SerialBus::SerialBus(const sc_core::sc_module_name& name, const Clock& clock,
                     const Timebase& timebase, SerialBusClient& client)
    : sc_module(name), m_clock(clock), m_timebase(timebase), m_client(client), m_queues(1) {
  SC_HAS_PROCESS(SerialBus);
  SC_METHOD(step);
  sensitive << m_event;
  dont_initialize();
}

void SerialBus::attach(SerialBusAgent& agent) {
  m_agents.push_back(&agent);
  m_queues.emplace_back();
}

std::size_t SerialBus::agent_of(const InterruptMessage& message) const {
  const bool processor = message.source == InterruptMessage::Source::ipi;
  return processor && message.sender < m_agents.size() ? message.sender : m_agents.size();
}

void SerialBus::send(const InterruptMessage& message, Cycle at) {
  enqueue(agent_of(message), {message, at, false});
}

void SerialBus::eoi(std::uint8_t vector, std::uint32_t cpu, Cycle at) {
  Request request;
  request.message.vector = vector;
  request.message.sender = cpu;
  request.at = at;
  request.eoi = true;
  enqueue(agent_of(request.message), request);
}

void SerialBus::enqueue(std::size_t agent, const Request& request) {
  m_queues[agent].requests.push_back(request);
  schedule();
}

// §11.7: with the ids of the APICs after reset.
void SerialBus::reset_ids() {
  for (std::size_t i = 0; i < m_agents.size(); ++i) m_queues[i].id = m_agents[i]->arbitration_id();
  m_queues.back().id = static_cast<std::uint8_t>(m_agents.size() & serial_bus::highest_id);
  m_synchronised = true;
}

Cycle SerialBus::earliest() const {
  Cycle at = never;
  for (const Queue& queue : m_queues)
    if (!queue.requests.empty()) at = std::min(at, queue.requests.front().at);
  return at;
}

// A message begins at an edge of the bus clock.
void SerialBus::schedule() {
  Cycle due = m_end;
  if (m_transmitting == nobody) {
    const Cycle at = earliest();
    if (at == never) return;
    due = m_clock.edge(m_clock.ticks(std::max(at, m_end)));
    if (due < std::max(at, m_end)) due = m_clock.edge(m_clock.ticks(due) + 1);
  }
  if (due == m_due) return;
  m_due = due;
  notify_at(m_timebase, m_event, due);
}

void SerialBus::step() {
  m_due = never;
  const Cycle now = m_timebase.now();
  for (SerialBusAgent* agent : m_agents) agent->catch_up(now);
  if (m_transmitting != nobody && m_end <= now) finish();
  if (m_transmitting == nobody) {
    const std::size_t winner = arbitrate();
    if (winner != nobody) begin(winner);
  }
  schedule();
}

// The first bit of an EOI dominates the bus, then the bits of the arbitration ids do.
std::size_t SerialBus::arbitrate() const {
  const Cycle now = m_timebase.now();
  std::size_t winner = nobody;
  unsigned best = 0;
  for (std::size_t i = 0; i < m_queues.size(); ++i) {
    const Queue& queue = m_queues[i];
    if (queue.requests.empty() || queue.requests.front().at > now) continue;
    const unsigned rank = 1 + (queue.requests.front().eoi ? 0x10 : 0) + queue.id;
    if (rank <= best) continue;
    best = rank;
    winner = i;
  }
  return winner;
}

// 82093AA §3.2.3: the winner becomes 0, the others rise; the highest takes the place that is left.
void SerialBus::rotate(std::size_t winner) {
  const std::uint8_t won = m_queues[winner].id;
  for (std::size_t i = 0; i < m_queues.size(); ++i) {
    std::uint8_t& id = m_queues[i].id;
    if (i == winner)
      id = 0;
    else
      id = static_cast<std::uint8_t>(id == serial_bus::highest_id ? (won + 1) & 15 : id + 1);
  }
}

void SerialBus::begin(std::size_t winner) {
  if (!m_synchronised) {
    reset_ids();
    winner = arbitrate();
  }
  m_transmitting = winner;
  ++m_counters.messages;
  const std::uint64_t start = m_clock.ticks(m_timebase.now());
  m_end = m_clock.edge(start + length_of(m_queues[winner].requests.front()));
  rotate(winner);
}

/// Destinations that take the message; `retry` if one of them has no room and nothing is delivered.
std::vector<std::uint32_t> SerialBus::takers(const Request& request, bool& retry) {
  const bool lowest = request.message.delivery_mode == DeliveryMode::lowest_priority;
  std::vector<std::uint32_t> cpus;
  bool full = false;
  for (const std::uint32_t cpu : m_client.named_cpus(request.message)) {
    const BusAnswer answer = m_agents[cpu]->answer(request.message);
    full = full || answer == BusAnswer::retry;
    if (answer != BusAnswer::accept) continue;
    if (lowest && m_agents[cpu]->is_focus(request.message.vector)) return {cpu};
    cpus.push_back(cpu);
  }
  // Of several that may take a lowest-priority interrupt those with room arbitrate.
  retry = full && (!lowest || cpus.empty());
  if (retry) return {};
  if (lowest && cpus.size() > 1) return {lowest_of(cpus)};
  return cpus;
}

/// Among equals the highest arbitration id wins.
std::uint32_t SerialBus::lowest_of(const std::vector<std::uint32_t>& cpus) const {
  const auto wins = [this](std::uint32_t a, std::uint32_t b) {
    const unsigned first = m_client.priority_of(a), second = m_client.priority_of(b);
    return first != second ? first < second : m_queues[a].id > m_queues[b].id;
  };
  return *std::min_element(cpus.begin(), cpus.end(), wins);
}

unsigned SerialBus::length_of(const Request& request) {
  if (request.eoi) return serial_bus::eoi_cycles;
  if (request.message.delivery_mode == DeliveryMode::remote_read)
    return serial_bus::remote_read_cycles;
  if (request.message.delivery_mode != DeliveryMode::lowest_priority)
    return serial_bus::short_cycles;
  for (const std::uint32_t cpu : m_client.named_cpus(request.message))
    if (m_agents[cpu]->is_focus(request.message.vector)) return serial_bus::short_cycles;
  return serial_bus::lowest_priority_cycles;
}

void SerialBus::finish() {
  Queue& queue = m_queues[m_transmitting];
  m_transmitting = nobody;
  const Request request = queue.requests.front();
  queue.requests.pop_front();
  const bool init = request.message.delivery_mode == DeliveryMode::init;
  if (request.eoi)
    m_client.bus_ends_interrupt(request.message.vector, m_end);
  else if (request.message.delivery_mode == DeliveryMode::remote_read)
    finish_read(request);
  else if (init && request.message.level_triggered && !request.message.assert_level)
    synchronise(request);
  else
    finish_interrupt(request);
}

void SerialBus::finish_interrupt(const Request& request) {
  bool retry = false;
  const std::vector<std::uint32_t> cpus = takers(request, retry);
  if (retry) {
    ++m_counters.retries;
    Request again = request;
    again.at = m_end;
    m_queues[agent_of(request.message)].requests.push_front(again);
  } else if (cpus.empty()) {
    refuse(request);
  } else {
    deliver(request, cpus);
  }
}

void SerialBus::deliver(const Request& request, const std::vector<std::uint32_t>& cpus) {
  const InterruptMessage& message = request.message;
  if (message.delivery_mode == DeliveryMode::lowest_priority &&
      m_agents[cpus.front()]->is_focus(message.vector))
    ++m_counters.focused;
  for (const std::uint32_t cpu : cpus) m_client.bus_delivers(message, cpu, request.at, m_end);
  tell_sender(request, true);
}

/// §11.5.3: the sender has a send accept error, all who listened a receive accept error.
void SerialBus::refuse(const Request& request) {
  ++m_counters.refused;
  m_client.bus_drops(request.message, m_end);
  const std::size_t sender = agent_of(request.message);
  for (std::size_t i = 0; i < m_agents.size(); ++i)
    if (i != sender) m_agents[i]->saw_unaccepted(m_end);
  tell_sender(request, false);
}

void SerialBus::tell_sender(const Request& request, bool accepted) {
  const std::size_t sender = agent_of(request.message);
  if (sender < m_agents.size()) m_agents[sender]->transmitted(m_end, accepted);
}

// The vector field names the register: its offset / 16.
void SerialBus::finish_read(const Request& request) {
  const InterruptMessage& message = request.message;
  const std::vector<std::uint32_t> cpus = m_client.named_cpus(message);
  SerialBusAgent* reader = m_agents[message.sender];
  if (cpus.empty()) {
    m_client.bus_drops(message, m_end);
    reader->remote_read_done(0, false, m_end);
  } else {
    const std::uint32_t offset = static_cast<std::uint32_t>(message.vector & 0x3F) << 4;
    m_client.bus_delivers(message, cpus.front(), request.at, m_end);
    reader->remote_read_done(m_agents[cpus.front()]->remote_value(offset, m_end), true, m_end);
  }
  tell_sender(request, true);
}

void SerialBus::synchronise(const Request& request) {
  ++m_counters.synchronised;
  reset_ids();
  tell_sender(request, true);
}

}  // namespace apicsim

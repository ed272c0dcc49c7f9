#include "models/fabric/interrupt_fabric.h"

#include <cstring>
#include <stdexcept>

#include "models/fabric/initiator.h"
#include "models/fabric/msi_decode.h"
#include "models/fabric/spec/msi.h"

namespace apicsim {
namespace {

/// Bounds the memory that a guest can take by sweeping 32-bit destinations.
constexpr std::size_t route_limit = 4096;

std::uint64_t route_key(const InterruptMessage& message) {
  const std::uint64_t logical = message.destination_mode == DestinationMode::logical ? 1 : 0;
  const std::uint64_t wide = message.wide_destination ? 1 : 0;
  return logical << 33 | wide << 32 | message.destination;
}

bool from_device(const tlm::tlm_generic_payload& payload) {
  const auto* initiator = payload.get_extension<Initiator>();
  return initiator != nullptr && initiator->kind == Initiator::Kind::device;
}

/// The INIT level de-assert is for the arbitration of a serial bus, not for CPUs (§11.6.1).
bool synchronises_bus(const InterruptMessage& message) {
  return message.delivery_mode == DeliveryMode::init && message.level_triggered &&
         !message.assert_level;
}

}  // namespace

InterruptFabric::InterruptFabric(const sc_core::sc_module_name& name,
                                 const InterruptFabricConfig& config, const Timebase& timebase)
    : sc_module(name), socket("socket"), m_config(config), m_timebase(timebase) {
  socket.register_b_transport(this, &InterruptFabric::b_transport);
  socket.register_transport_dbg(this, &InterruptFabric::transport_dbg);
  SerialBusClient& client = *this;
  if (m_config.serial_bus)
    m_bus = std::make_unique<SerialBus>("serial_bus", *m_config.serial_bus, timebase, client);
}

void InterruptFabric::attach(InterruptTarget& target) {
  if (m_targets.size() >= m_config.cpus.size())
    throw std::length_error("the interrupt fabric has places for " +
                            std::to_string(m_config.cpus.size()) + " CPUs");
  SerialBusAgent* agent = target.bus_agent();
  if ((agent != nullptr) != (m_bus != nullptr))
    throw std::invalid_argument("local APICs and their fabric must agree on a serial bus");
  if (agent != nullptr) m_bus->attach(*agent);
  m_targets.push_back(&target);
  m_routes.clear();
}

void InterruptFabric::attach_eoi(EoiTarget& target) { m_eoi_targets.push_back(&target); }

void InterruptFabric::send(const InterruptMessage& message, Cycle at) {
  if (!synchronises_bus(message)) ++m_statistics.of(message.source, message.delivery_mode).sent;
  if (m_bus != nullptr) return m_bus->send(message, at);
  deliver_to_list(message, named(message), at);
}

const InterruptFabric::Cpus& InterruptFabric::named(const InterruptMessage& message) {
  switch (message.shorthand) {
    case DestinationShorthand::none:
      break;
    case DestinationShorthand::self:
      m_everyone.assign(message.sender < m_targets.size() ? 1 : 0, message.sender);
      return m_everyone;
    case DestinationShorthand::all:
      return everyone(message.sender, true);
    case DestinationShorthand::all_but_self:
      return everyone(message.sender, false);
  }
  return route(message);
}

const InterruptFabric::Cpus& InterruptFabric::everyone(std::uint32_t sender, bool with_sender) {
  m_everyone.clear();
  for (std::uint32_t cpu = 0; cpu < m_targets.size(); ++cpu)
    if (with_sender || cpu != sender) m_everyone.push_back(cpu);
  return m_everyone;
}

void InterruptFabric::deliver_to_list(const InterruptMessage& message, const Cpus& cpus, Cycle at) {
  if (cpus.empty()) return drop(message, at);
  if (message.delivery_mode == DeliveryMode::lowest_priority)
    return deliver(message, arbitrate(cpus, message.vector), at);
  for (const std::uint32_t cpu : cpus) deliver(message, cpu, at);
}

void InterruptFabric::deliver(const InterruptMessage& message, std::uint32_t cpu, Cycle at) {
  hand_over(message, cpu, at, at + latency(message, cpu));
}

void InterruptFabric::hand_over(const InterruptMessage& message, std::uint32_t cpu, Cycle at,
                                Cycle arrival) {
  ++m_statistics.of(message.source, message.delivery_mode).delivered;
  if (m_observer != nullptr) m_observer->interrupt_message(message, cpu, at, arrival);
  // A remote read asks for a register and interrupts nobody.
  if (message.delivery_mode != DeliveryMode::remote_read) m_targets[cpu]->accept(message, arrival);
}

void InterruptFabric::drop(const InterruptMessage& message, Cycle at) {
  ++m_statistics.of(message.source, message.delivery_mode).dropped;
  if (m_observer != nullptr) m_observer->interrupt_dropped(message, at);
}

const InterruptFabric::Cpus& InterruptFabric::route(const InterruptMessage& message) {
  const std::uint64_t key = route_key(message);
  const auto known = m_routes.find(key);
  if (known != m_routes.end()) return known->second;
  if (m_routes.size() >= route_limit) m_routes.clear();
  Cpus& cpus = m_routes[key];
  for (std::uint32_t cpu = 0; cpu < m_targets.size(); ++cpu)
    if (m_targets[cpu]->matches(message)) cpus.push_back(cpu);
  return cpus;
}

std::uint32_t InterruptFabric::arbitrate(const Cpus& candidates, std::uint8_t vector) const {
  unsigned lowest = 0x100;
  std::uint32_t equals = 0;
  for (const std::uint32_t cpu : candidates) {
    const unsigned priority = m_targets[cpu]->arbitration_priority();
    if (priority > lowest) continue;
    equals = priority < lowest ? 1 : equals + 1;
    lowest = priority;
  }
  std::uint32_t skip = vector % equals;
  for (const std::uint32_t cpu : candidates) {
    if (m_targets[cpu]->arbitration_priority() != lowest) continue;
    if (skip-- == 0) return cpu;
  }
  return candidates.front();
}

Cycle InterruptFabric::latency(const InterruptMessage& message, std::uint32_t cpu) const {
  const InterruptLatencies& latencies = m_config.latencies;
  if (message.source == InterruptMessage::Source::msi || message.sender >= m_config.cpus.size())
    return latencies.msi;
  // §11.6.1 leaves it to the APIC whether a message to itself goes out: here it does not.
  if (message.sender == cpu) return 0;
  const CpuPlace& from = m_config.cpus[message.sender];
  const CpuPlace& to = m_config.cpus[cpu];
  if (from.socket != to.socket) return latencies.ipi_cross_socket;
  return from.core == to.core ? latencies.ipi_same_core : latencies.ipi_same_socket;
}

void InterruptFabric::eoi(std::uint8_t vector, Cycle at) {
  ++m_statistics.eoi_broadcasts;
  for (EoiTarget* target : m_eoi_targets) target->eoi(vector, at + m_config.latencies.eoi);
}

void InterruptFabric::end_of_interrupt(std::uint32_t cpu, std::uint8_t vector, Cycle at) {
  if (m_bus == nullptr) return eoi(vector, at);
  m_bus->eoi(vector, cpu, at);
}

std::vector<std::uint32_t> InterruptFabric::named_cpus(const InterruptMessage& message) {
  return named(message);
}

std::uint8_t InterruptFabric::priority_of(std::uint32_t cpu) const {
  return m_targets[cpu]->arbitration_priority();
}

void InterruptFabric::bus_delivers(const InterruptMessage& message, std::uint32_t cpu, Cycle sent,
                                   Cycle arrival) {
  hand_over(message, cpu, sent, arrival);
}

void InterruptFabric::bus_drops(const InterruptMessage& message, Cycle at) { drop(message, at); }

void InterruptFabric::bus_ends_interrupt(std::uint8_t vector, Cycle at) {
  ++m_statistics.eoi_broadcasts;
  for (EoiTarget* target : m_eoi_targets) target->eoi(vector, at);
}

void InterruptFabric::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  const bool whole = payload.get_byte_enable_ptr() == nullptr &&
                     payload.get_data_length() == msi::size &&
                     payload.get_streaming_width() >= msi::size;
  if (payload.is_read()) std::memset(payload.get_data_ptr(), 0xFF, payload.get_data_length());
  if (payload.is_write() && whole && from_device(payload))
    accept_write(payload, m_timebase.now(delay));
  else
    ++m_statistics.not_interrupts;
}

void InterruptFabric::accept_write(const tlm::tlm_generic_payload& payload, Cycle now) {
  std::uint32_t data = 0;
  std::memcpy(&data, payload.get_data_ptr(), sizeof data);
  const auto message = decode_msi(payload.get_address(), data);
  if (!message || (message->level_triggered && !message->assert_level)) {
    ++m_statistics.not_interrupts;
    return;
  }
  send(*message, now);
}

unsigned InterruptFabric::transport_dbg(tlm::tlm_generic_payload& payload) {
  if (!payload.is_read()) return 0;
  std::memset(payload.get_data_ptr(), 0xFF, payload.get_data_length());
  return payload.get_data_length();
}

}  // namespace apicsim

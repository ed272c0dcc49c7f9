#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <systemc>
#include <vector>

#include "models/fabric/interrupt_message.h"
#include "models/fabric/serial_bus_agent.h"
#include "models/time/clock.h"
#include "models/time/timebase.h"

namespace apicsim {

/// What the serial bus did, in messages.
struct SerialBusCounters {
  std::uint64_t messages = 0;      ///< transmitted, each attempt once; EOIs included
  std::uint64_t retries = 0;       ///< of those: sent back for want of room, tried again
  std::uint64_t refused = 0;       ///< of those: no APIC took it
  std::uint64_t focused = 0;       ///< lowest priority, taken by a focus processor
  std::uint64_t synchronised = 0;  ///< INIT level de-asserts
};

/// The fabric as the bus uses it.
class SerialBusClient {
 public:
  virtual ~SerialBusClient() = default;
  /// Numbers of the CPUs that the message names.
  virtual std::vector<std::uint32_t> named_cpus(const InterruptMessage& message) = 0;
  virtual std::uint8_t priority_of(std::uint32_t cpu) const = 0;
  virtual void bus_delivers(const InterruptMessage& message, std::uint32_t cpu, Cycle sent,
                            Cycle arrival) = 0;
  virtual void bus_drops(const InterruptMessage& message, Cycle at) = 0;
  virtual void bus_ends_interrupt(std::uint8_t vector, Cycle at) = 0;
};

/// The serial bus of the APICs before the Pentium 4, SDM Vol. 3 §11.7, §11.10, §11.13: one message
/// after another, in order of the arbitration ids of those that wait; EOIs win over all others.
///
/// The I/O APICs send through one agent, whose arbitration starts at the number of CPUs. A message
/// for which a destination has no room goes back to its sender, which tries again.
class SerialBus final : public sc_core::sc_module {
 public:
  SerialBus(const sc_core::sc_module_name& name, const Clock& clock, const Timebase& timebase,
            SerialBusClient& client);

  /// The n-th call adds the agent of CPU n. Before the simulation starts.
  void attach(SerialBusAgent& agent);

  /// `message` waits for the bus from cycle `at` on.
  void send(const InterruptMessage& message, Cycle at);
  void eoi(std::uint8_t vector, std::uint32_t cpu, Cycle at);

  const SerialBusCounters& counters() const { return m_counters; }
  /// Of CPU n, or of the I/O APICs for n = number of CPUs.
  std::uint8_t arbitration_id(std::size_t agent) const { return m_queues[agent].id; }

 private:
  struct Request {
    InterruptMessage message;
    Cycle at = 0;
    bool eoi = false;
  };
  struct Queue {
    std::deque<Request> requests;
    std::uint8_t id = 0;  ///< for arbitration
  };
  static constexpr std::size_t nobody = ~std::size_t{0};

  void step();
  void schedule();
  void reset_ids();
  void enqueue(std::size_t agent, const Request& request);
  std::size_t arbitrate() const;
  void rotate(std::size_t winner);
  void begin(std::size_t winner);
  void finish();
  void finish_interrupt(const Request& request);
  void finish_read(const Request& request);
  void synchronise(const Request& request);
  void deliver(const Request& request, const std::vector<std::uint32_t>& cpus);
  void refuse(const Request& request);
  void tell_sender(const Request& request, bool accepted);
  unsigned length_of(const Request& request);
  std::vector<std::uint32_t> takers(const Request& request, bool& retry);
  std::uint32_t lowest_of(const std::vector<std::uint32_t>& cpus) const;
  std::size_t agent_of(const InterruptMessage& message) const;
  Cycle earliest() const;

  const Clock m_clock;
  const Timebase& m_timebase;
  SerialBusClient& m_client;
  std::vector<SerialBusAgent*> m_agents;
  std::vector<Queue> m_queues;  ///< of the CPUs, then of the I/O APICs
  std::size_t m_transmitting = nobody;
  Cycle m_end = 0;              ///< of the message on the bus, or of the last one
  Cycle m_due = never;          ///< when step() has something to do
  bool m_synchronised = false;  ///< ids have been taken from the agents
  SerialBusCounters m_counters;
  sc_core::sc_event m_event;
};

}  // namespace apicsim

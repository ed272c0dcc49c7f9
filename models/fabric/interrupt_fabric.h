#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <memory>
#include <systemc>
#include <tlm>
#include <unordered_map>
#include <vector>

#include "models/fabric/interrupt_fabric_config.h"
#include "models/fabric/interrupt_message.h"
#include "models/fabric/interrupt_statistics.h"
#include "models/fabric/serial_bus.h"
#include "models/time/timebase.h"

namespace apicsim {

/// Carries interrupt messages to the local APICs that their destination names, and ends of
/// interrupt to the I/O APICs.
///
/// Lowest-priority delivery goes to the target with the smallest arbitration priority; among n
/// equals, in the order of the CPU numbers, to the one with index vector mod n. That spreads
/// vectors over CPUs as the hash of server chip sets does, and keeps no state. With a serial bus
/// (InterruptFabricConfig::serial_bus) all messages and ends of interrupt take turns there.
class InterruptFabric final : public sc_core::sc_module,
                              public InterruptSink,
                              private SerialBusClient {
 public:
  /// The window 0xFEE00000..0xFEEFFFFF; addresses may be absolute or relative to it. A write of 4
  /// bytes by a device is an interrupt. Everything else reads all ones, writes nothing and counts.
  tlm_utils::simple_target_socket<InterruptFabric> socket;

  InterruptFabric(const sc_core::sc_module_name& name, const InterruptFabricConfig& config,
                  const Timebase& timebase);

  /// Before the simulation starts; the n-th call attaches the local APIC of CPU n. Throws
  /// std::length_error when the configuration places fewer CPUs, and std::invalid_argument when it
  /// has a serial bus that the APIC has not, or the reverse.
  void attach(InterruptTarget& target);
  void attach_eoi(EoiTarget& target);
  /// Null for none, the default.
  void set_observer(InterruptObserver* observer) { m_observer = observer; }

  void send(const InterruptMessage& message, Cycle at) override;
  void eoi(std::uint8_t vector, Cycle at) override;
  void end_of_interrupt(std::uint32_t cpu, std::uint8_t vector, Cycle at) override;
  void routing_changed() override { m_routes.clear(); }

  const InterruptStatistics& statistics() const { return m_statistics; }
  /// Null unless the configuration has one.
  const SerialBus* serial_bus() const { return m_bus.get(); }

 private:
  using Cpus = std::vector<std::uint32_t>;

  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& payload);
  void accept_write(const tlm::tlm_generic_payload& payload, Cycle now);

  const Cpus& route(const InterruptMessage& message);
  std::uint32_t arbitrate(const Cpus& candidates, std::uint8_t vector) const;
  void deliver(const InterruptMessage& message, std::uint32_t cpu, Cycle at);
  void deliver_to_list(const InterruptMessage& message, const Cpus& cpus, Cycle at);
  void hand_over(const InterruptMessage& message, std::uint32_t cpu, Cycle at, Cycle arrival);
  const Cpus& named(const InterruptMessage& message);
  const Cpus& everyone(std::uint32_t sender, bool with_sender);
  void drop(const InterruptMessage& message, Cycle at);
  std::vector<std::uint32_t> named_cpus(const InterruptMessage& message) override;
  std::uint8_t priority_of(std::uint32_t cpu) const override;
  void bus_delivers(const InterruptMessage& message, std::uint32_t cpu, Cycle sent,
                    Cycle arrival) override;
  void bus_drops(const InterruptMessage& message, Cycle at) override;
  void bus_ends_interrupt(std::uint8_t vector, Cycle at) override;
  Cycle latency(const InterruptMessage& message, std::uint32_t cpu) const;

  const InterruptFabricConfig m_config;
  const Timebase& m_timebase;
  std::vector<InterruptTarget*> m_targets;
  std::vector<EoiTarget*> m_eoi_targets;
  InterruptObserver* m_observer = nullptr;
  /// Which CPUs each destination in use names; only looked up, never iterated over.
  std::unordered_map<std::uint64_t, Cpus> m_routes;
  Cpus m_everyone;  ///< scratch list of the shorthands
  InterruptStatistics m_statistics;
  std::unique_ptr<SerialBus> m_bus;
};

}  // namespace apicsim

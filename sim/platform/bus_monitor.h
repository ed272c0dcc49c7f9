#pragma once

#include <tlm_utils/multi_passthrough_target_socket.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <systemc>
#include <tlm>

#include "models/devices/agent/bus_agent.h"
#include "models/fabric/unmodelled.h"
#include "models/iommu/fault_log.h"
#include "models/time/timebase.h"
#include "sim/observe/event_stream.h"

namespace apicsim {

/// The devices' way to the memory map: counts and reports what they read and write and what
/// remapping units refuse of it, remembers it where it is told to, and holds up Unmodelled, which
/// must not escape through a SystemC process. Adds no delay.
class BusMonitor final : public sc_core::sc_module,
                         public TransferHistory,
                         public RemappingFaultListener {
 public:
  struct Statistics {
    std::uint64_t reads = 0;  ///< transactions
    std::uint64_t writes = 0;
    std::uint64_t bytes_read = 0;
    std::uint64_t bytes_written = 0;
    std::uint64_t messages = 0;  ///< interrupt messages: writes to 0xFEExxxxx
    std::uint64_t failed = 0;    ///< answered with an error
  };

  tlm_utils::multi_passthrough_target_socket<BusMonitor> in;
  tlm_utils::simple_initiator_socket<BusMonitor> out;

  BusMonitor(const sc_core::sc_module_name& name, const Timebase& timebase, EventStream& events,
             UnmodelledListener& listener);

  const Statistics& statistics() const { return m_statistics; }

  /// From now on the last addresses of each requester are kept, 64 of them.
  void keep_history() { m_keeps_history = true; }
  std::optional<std::uint64_t> transfer_address(std::uint32_t requester,
                                                std::uint32_t back) const override;
  void remapping_fault(const FaultRecord& fault, bool lost, Cycle now) override;

 private:
  void b_transport(int port, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_dbg(int port, tlm::tlm_generic_payload& payload);
  void count(const tlm::tlm_generic_payload& payload);
  void report(const tlm::tlm_generic_payload& payload, Cycle at);
  void remember(const tlm::tlm_generic_payload& payload);

  const Timebase& m_timebase;
  EventStream& m_events;
  UnmodelledListener& m_listener;
  Statistics m_statistics;
  bool m_keeps_history = false;
  std::map<std::uint32_t, std::deque<std::uint64_t>> m_history;  ///< newest first
};

}  // namespace apicsim

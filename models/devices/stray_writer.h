#pragma once

#include <cstdint>
#include <systemc>
#include <vector>

#include "models/fabric/dma_port.h"
#include "models/time/timebase.h"

namespace apicsim {

/// An agent that performs one DMA write that no driver asked for: the fault injection of a device
/// that runs wild. It has a requester id and no registers.
class StrayWriter final : public sc_core::sc_module {
 public:
  struct Config {
    std::uint32_t requester_id = 0;
    Cycle at = 0;               ///< cycle of the write
    std::uint64_t address = 0;  ///< bus address
    std::vector<std::uint8_t> bytes;
  };

  SC_HAS_PROCESS(StrayWriter);

  DmaPort dma;

  StrayWriter(const sc_core::sc_module_name& name, const Timebase& timebase, const Config& config);

  bool done() const { return m_done; }
  /// TLM_INCOMPLETE_RESPONSE until done.
  tlm::tlm_response_status response() const { return m_response; }

 private:
  void start_of_simulation() override;
  void write();

  const Timebase& m_timebase;
  Config m_config;
  sc_core::sc_event m_event;
  bool m_done = false;
  tlm::tlm_response_status m_response = tlm::TLM_INCOMPLETE_RESPONSE;
};

}  // namespace apicsim

#pragma once

#include <cstdint>
#include <optional>
#include <systemc>
#include <vector>

#include "models/devices/agent/bus_action.h"
#include "models/fabric/address_translation_agent.h"
#include "models/fabric/dma_port.h"
#include "models/time/timebase.h"

namespace apicsim {

/// Who remembers which addresses devices have used.
class TransferHistory {
 public:
  virtual ~TransferHistory() = default;
  /// The address of the last memory access of `requester` but `back`; nullopt: there is none.
  virtual std::optional<std::uint64_t> transfer_address(std::uint32_t requester,
                                                        std::uint32_t back) const = 0;
};

/// An agent that does what no driver asked for: the fault injection of a device that runs wild. It
/// has a requester id and no registers.
class BusAgent final : public sc_core::sc_module {
 public:
  struct Statistics {
    std::uint64_t accepted = 0;  ///< accesses answered well; page requests sent
    std::uint64_t refused = 0;
    std::uint64_t skipped = 0;  ///< replays of what never was, page requests without a unit
  };

  SC_HAS_PROCESS(BusAgent);

  DmaPort dma;

  /// `history`, `service`: nullptr where there is none; not owned.
  BusAgent(const sc_core::sc_module_name& name, const Timebase& timebase, const BusAction& action,
           const TransferHistory* history = nullptr, AddressTranslationService* service = nullptr);

  const Statistics& statistics() const { return m_statistics; }
  /// Of the last access; TLM_INCOMPLETE_RESPONSE before the first.
  tlm::tlm_response_status response() const { return m_response; }

 private:
  void start_of_simulation() override;
  void act();
  void perform(Cycle now);
  bool find_address();
  void write();
  void read();
  void request_page(Cycle now);
  void book();

  const Timebase& m_timebase;
  BusAction m_action;
  const TransferHistory* m_history;
  AddressTranslationService* m_service;
  sc_core::sc_event m_event;
  std::uint64_t m_done = 0;
  std::optional<std::uint64_t> m_address;  ///< of the next access; nullopt: not known yet
  std::vector<std::uint8_t> m_data;
  Statistics m_statistics;
  tlm::tlm_response_status m_response = tlm::TLM_INCOMPLETE_RESPONSE;
};

}  // namespace apicsim

#pragma once

#include <cstdint>
#include <tlm>

#include "models/fabric/dma_port.h"
#include "models/time/timebase.h"

namespace apicsim {

/// What a function writes to signal an interrupt: 4 bytes to an aligned address (PCI 3.0 §6.8.3).
struct PciMessage {
  std::uint64_t address = 0;
  std::uint32_t data = 0;
};

/// Writes the message through `port`; it leaves at cycle `at`, which the access of a CPU may have
/// put ahead of SystemC's time.
tlm::tlm_response_status send_message(const PciMessage& message, DmaPort& port,
                                      const Timebase& timebase, Cycle at);

}  // namespace apicsim

#pragma once

#include <cstdint>
#include <systemc>

#include "models/devices/pci/pci_config_space.h"
#include "models/fabric/dma_port.h"

namespace apicsim {

/// The MSI capability of a function with one vector and a 64-bit address (PCI 3.0 §6.8.1). Its
/// state is in the configuration space.
class MsiCapability {
 public:
  explicit MsiCapability(PciConfigSpace& config);

  unsigned offset() const { return m_offset; }
  bool enabled() const;
  /// Sends the message as a memory write of 4 bytes through `port`.
  tlm::tlm_response_status send(DmaPort& port, sc_core::sc_time& delay) const;

 private:
  PciConfigSpace& m_config;
  unsigned m_offset;
};

}  // namespace apicsim

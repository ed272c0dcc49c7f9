#include "models/devices/pci/msi_capability.h"

namespace apicsim {

MsiCapability::MsiCapability(PciConfigSpace& config)
    : m_config(config), m_offset(config.add_capability(pci::msi_capability_id, pci::msi_length)) {
  config.set(m_offset + pci::msi_control, 2, pci::msi_64_bit);
  // Multiple Message Enable has nothing to choose from: one vector is all there is.
  config.set_writable(m_offset + pci::msi_control, 2, pci::msi_enable);
  config.set_writable(m_offset + pci::msi_address, 4, 0xFFFFFFFC);
  config.set_writable(m_offset + pci::msi_upper_address, 4, 0xFFFFFFFF);
  config.set_writable(m_offset + pci::msi_data, 2, 0xFFFF);
}

bool MsiCapability::enabled() const {
  return (m_config.read(m_offset + pci::msi_control, 2) & pci::msi_enable) != 0;
}

tlm::tlm_response_status MsiCapability::send(DmaPort& port, sc_core::sc_time& delay) const {
  const std::uint64_t address = std::uint64_t{m_config.read(m_offset + pci::msi_upper_address, 4)}
                                    << 32 |
                                m_config.read(m_offset + pci::msi_address, 4);
  const std::uint32_t data = m_config.read(m_offset + pci::msi_data, 2);
  return port.write(address, &data, sizeof data, delay);
}

}  // namespace apicsim

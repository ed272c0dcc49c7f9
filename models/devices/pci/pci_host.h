#pragma once

#include <cstdint>
#include <systemc>

#include "models/devices/pci/pci_bus.h"
#include "models/devices/power_listener.h"
#include "models/fabric/register_port.h"

namespace apicsim {

/// The two ways into PCI configuration space, and the reset register that shares the ports.
///
/// `ports`: 8 I/O ports at 0xCF8, configuration mechanism #1 (PCI 3.0 §3.2.2.3.2) with accesses of
/// 1, 2 and 4 bytes to the data port; the address port takes only 4. A byte access to 0xCF9 is the
/// chipset's reset control register.
/// `ecam`: the memory-mapped window (PCIe 3.0 §7.2.2), offsets from the address of `start_bus`,
/// 1 MiB per bus.
class PciHost final : public sc_core::sc_module {
 public:
  RegisterPort<PciHost> ports;
  RegisterPort<PciHost> ecam;

  /// `power` may be nullptr: nobody listens to resets.
  PciHost(const sc_core::sc_module_name& name, const Timebase& timebase, PciBus& bus,
          PowerListener* power, std::uint8_t start_bus = 0);

 private:
  std::uint64_t read_ports(std::uint64_t offset, unsigned size, Cycle now);
  void write_ports(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now);
  std::uint64_t peek_ports(std::uint64_t offset, unsigned size, Cycle now) const;
  std::uint64_t read_ecam(std::uint64_t offset, unsigned size, Cycle now);
  void write_ecam(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now);
  std::uint64_t peek_ecam(std::uint64_t offset, unsigned size, Cycle now) const;

  std::uint32_t read_data(unsigned byte, unsigned size) const;
  void write_data(unsigned byte, unsigned size, std::uint32_t value, Cycle now);
  void write_reset_control(std::uint8_t value, Cycle now);

  PciBus& m_bus;
  PowerListener* m_power;
  std::uint8_t m_start_bus;
  std::uint32_t m_config_address = 0;
  std::uint8_t m_reset_control = 0;
};

}  // namespace apicsim

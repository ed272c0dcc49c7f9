#include "models/devices/pci/pci_host.h"

namespace apicsim {
namespace {

constexpr std::uint64_t all_ones = ~std::uint64_t{0};
/// Bits of CONFIG_ADDRESS that exist: enable, bus, device, function, register (§3.2.2.3.2).
constexpr std::uint32_t config_address_bits = 0x80FFFFFC;

/// Bus, device and function at bits 23:8 of CONFIG_ADDRESS.
PciAddress function_of(std::uint32_t config_address) {
  return PciAddress::from_requester_id(static_cast<std::uint16_t>(config_address >> 8));
}

/// An access that stays within one aligned dword, as PCI configuration transactions do.
bool within_dword(std::uint64_t offset, unsigned size) { return offset % 4 + size <= 4; }

}  // namespace

PciHost::PciHost(const sc_core::sc_module_name& name, const Timebase& timebase, PciBus& bus,
                 PowerListener* power, std::uint8_t start_bus)
    : sc_module(name),
      ports("ports", timebase, *this,
            {&PciHost::read_ports, &PciHost::write_ports, &PciHost::peek_ports}),
      ecam("ecam", timebase, *this,
           {&PciHost::read_ecam, &PciHost::write_ecam, &PciHost::peek_ecam}),
      m_bus(bus),
      m_power(power),
      m_start_bus(start_bus) {}

std::uint64_t PciHost::peek_ports(std::uint64_t offset, unsigned size, Cycle) const {
  if (offset == pci::config_address && size == 4) return m_config_address;
  if (offset == pci::reset_control && size == 1) return m_reset_control;
  if (offset >= pci::config_data && within_dword(offset, size))
    return read_data(static_cast<unsigned>(offset - pci::config_data), size);
  return all_ones;
}

std::uint64_t PciHost::read_ports(std::uint64_t offset, unsigned size, Cycle now) {
  return peek_ports(offset, size, now);
}

void PciHost::write_ports(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now) {
  const auto value32 = static_cast<std::uint32_t>(value);
  if (offset == pci::config_address && size == 4)
    m_config_address = value32 & config_address_bits;
  else if (offset == pci::reset_control && size == 1)
    write_reset_control(static_cast<std::uint8_t>(value), now);
  else if (offset >= pci::config_data && within_dword(offset, size))
    write_data(static_cast<unsigned>(offset - pci::config_data), size, value32, now);
}

std::uint32_t PciHost::read_data(unsigned byte, unsigned size) const {
  if ((m_config_address & pci::config_enable) == 0) return 0xFFFFFFFF;
  return m_bus.read(function_of(m_config_address), (m_config_address & 0xFC) + byte, size);
}

void PciHost::write_data(unsigned byte, unsigned size, std::uint32_t value, Cycle now) {
  if ((m_config_address & pci::config_enable) == 0) return;
  m_bus.write(function_of(m_config_address), (m_config_address & 0xFC) + byte, size, value, now);
}

void PciHost::write_reset_control(std::uint8_t value, Cycle now) {
  const bool starts = (value & ~m_reset_control & pci::reset_cpu) != 0;
  m_reset_control = value & pci::reset_writable;
  if (!starts || m_power == nullptr) return;
  if ((value & pci::reset_system) != 0)
    m_power->reset(now);
  else
    m_power->init_processors(now);
}

std::uint64_t PciHost::peek_ecam(std::uint64_t offset, unsigned size, Cycle) const {
  // Offset bits 27:20 bus, 19:15 device, 14:12 function, 11:0 register (PCIe 3.0 Table 7-1).
  if (size == 8) {
    return peek_ecam(offset, 4, 0) | peek_ecam(offset + 4, 4, 0) << 32;
  }
  if (!within_dword(offset, size)) return all_ones;
  auto address = PciAddress::from_requester_id(static_cast<std::uint16_t>(offset >> 12));
  address.bus = static_cast<std::uint8_t>(address.bus + m_start_bus);
  return m_bus.read(address, static_cast<unsigned>(offset & 0xFFF), size);
}

std::uint64_t PciHost::read_ecam(std::uint64_t offset, unsigned size, Cycle now) {
  return peek_ecam(offset, size, now);
}

void PciHost::write_ecam(std::uint64_t offset, unsigned size, std::uint64_t value, Cycle now) {
  if (size == 8) {
    write_ecam(offset, 4, value & 0xFFFFFFFF, now);
    write_ecam(offset + 4, 4, value >> 32, now);
    return;
  }
  if (!within_dword(offset, size)) return;
  auto address = PciAddress::from_requester_id(static_cast<std::uint16_t>(offset >> 12));
  address.bus = static_cast<std::uint8_t>(address.bus + m_start_bus);
  m_bus.write(address, static_cast<unsigned>(offset & 0xFFF), size,
              static_cast<std::uint32_t>(value), now);
}

}  // namespace apicsim

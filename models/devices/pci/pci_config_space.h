#pragma once

#include <array>
#include <cstdint>

#include "models/devices/spec/pci.h"

namespace apicsim {

/// 256 bytes of configuration registers, each bit read-only, writable or cleared by writing 1.
/// Plain storage: what a write causes belongs to PciFunction. Offsets and sizes must lie inside.
class PciConfigSpace {
 public:
  std::uint32_t read(unsigned offset, unsigned size) const;
  /// A write by software, through the masks.
  void write(unsigned offset, unsigned size, std::uint32_t value);

  /// Sets the content whatever the masks say.
  void set(unsigned offset, unsigned size, std::uint32_t value);
  /// Declares which bits software can write.
  void set_writable(unsigned offset, unsigned size, std::uint32_t mask);
  void set_write_1_clears(unsigned offset, unsigned size, std::uint32_t mask);

  /// Appends a capability of `length` bytes (header included, all zero but the header) to the list
  /// and returns its offset (PCI 3.0 §6.7). Throws std::length_error when no room is left.
  unsigned add_capability(std::uint8_t id, unsigned length);

 private:
  std::array<std::uint8_t, pci::config_size> m_value{};
  std::array<std::uint8_t, pci::config_size> m_writable{};
  std::array<std::uint8_t, pci::config_size> m_write_1_clears{};
  unsigned m_next_capability = pci::first_capability;
  unsigned m_last_link = pci::capabilities;  ///< where the next capability's offset goes
};

}  // namespace apicsim

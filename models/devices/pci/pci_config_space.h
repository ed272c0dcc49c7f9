#pragma once

#include <cstdint>
#include <vector>

#include "models/devices/spec/pci.h"

namespace apicsim {

/// 256 or, of a PCI Express function, 4096 bytes of configuration registers, each bit read-only,
/// writable or cleared by writing 1. Plain storage: what a write causes belongs to PciFunction.
/// Offsets and sizes must lie inside.
class PciConfigSpace {
 public:
  explicit PciConfigSpace(unsigned size = pci::config_size);

  unsigned size() const { return static_cast<unsigned>(m_value.size()); }
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
  /// The same in the list of extended capabilities, which begins at 0x100 (PCIe 3.0 §7.9.1).
  unsigned add_extended_capability(std::uint16_t id, unsigned version, unsigned length);

  /// All bits that software can change become zero.
  void clear_writable();

 private:
  std::vector<std::uint8_t> m_value;
  std::vector<std::uint8_t> m_writable;
  std::vector<std::uint8_t> m_write_1_clears;
  unsigned m_next_capability = pci::first_capability;
  unsigned m_next_extended = pci::first_extended_capability;
  unsigned m_last_extended = 0;              ///< the one whose link is still to be set; 0: none
  unsigned m_last_link = pci::capabilities;  ///< where the next capability's offset goes
};

}  // namespace apicsim

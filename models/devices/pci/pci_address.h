#pragma once

#include <cstdint>

namespace apicsim {

/// Place of a function in its PCI segment.
struct PciAddress {
  std::uint8_t bus = 0;
  std::uint8_t device = 0;    ///< 0..31
  std::uint8_t function = 0;  ///< 0..7

  /// Requester id as it stands in PCI Express transactions (PCIe 3.0 §2.2.6.2).
  std::uint16_t requester_id() const {
    return static_cast<std::uint16_t>(bus << 8 | device << 3 | function);
  }
  static PciAddress from_requester_id(std::uint16_t id) {
    return {static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id >> 3 & 0x1F),
            static_cast<std::uint8_t>(id & 7)};
  }
};

}  // namespace apicsim

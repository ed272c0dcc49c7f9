#pragma once

#include <cstdint>
#include <optional>

#include "models/devices/pci/pci_config_space.h"
#include "models/devices/pci/pci_message.h"

namespace apicsim {

/// What of the MSI capability a function has.
struct MsiShape {
  unsigned vectors = 1;          ///< asked for: 1, 2, 4, 8, 16 or 32
  bool wide_address = true;      ///< 64-bit message address
  bool per_vector_mask = false;  ///< mask and pending bits
};

/// The MSI capability of a function (PCI 3.0 §6.8.1). Its state is in the configuration space.
///
/// A function with several vectors gets 2^n of them, n being what software writes to Multiple
/// Message Enable; it then puts the number of the vector into the low n bits of the data. Of a
/// number beyond those granted the low n bits count.
class MsiCapability {
 public:
  /// Throws std::invalid_argument for a number of vectors that the capability cannot state.
  explicit MsiCapability(PciConfigSpace& config, const MsiShape& shape = {});

  unsigned offset() const { return m_offset; }
  bool enabled() const;
  /// Vectors that software has granted, at most those asked for.
  unsigned granted() const;

  /// The function has an event for `vector`: the message to send, or nullopt where the capability
  /// is off or the vector is masked; then its pending bit is set.
  std::optional<PciMessage> raise(unsigned vector);
  /// The event has been dealt with before its message was sent.
  void retract(unsigned vector);
  /// After a write by software: a message that was pending and may go now; call until nullopt.
  std::optional<PciMessage> next_released();

 private:
  unsigned control() const { return m_config.read(m_offset + pci::msi_control, 2); }
  unsigned data_offset() const;
  unsigned mask_offset() const;
  std::uint32_t masked() const;
  std::uint32_t pending() const;
  void set_pending(std::uint32_t bits);
  PciMessage message(unsigned vector) const;

  PciConfigSpace& m_config;
  MsiShape m_shape;
  unsigned m_offset;
};

}  // namespace apicsim

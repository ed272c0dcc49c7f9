#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "models/devices/pci/pci_config_space.h"
#include "models/devices/pci/pci_message.h"

namespace apicsim {

/// Where a function has its MSI-X structures. Offsets are multiples of 8.
struct MsixShape {
  unsigned vectors = 1;  ///< 1..2048
  unsigned table_bar = 0;
  std::uint32_t table_offset = 0;
  unsigned pending_bar = 0;
  std::uint32_t pending_offset = 0;
};

/// The MSI-X capability of a function with its table and its pending bits, which the function
/// shows in a BAR (PCI 3.0 §6.8.2). Accesses to them are aligned dwords or quadwords (§6.8.2);
/// others read all ones and write nothing.
class MsixCapability {
 public:
  /// Throws std::invalid_argument for a shape that the capability cannot state.
  MsixCapability(PciConfigSpace& config, const MsixShape& shape);

  unsigned offset() const { return m_offset; }
  unsigned vectors() const { return m_shape.vectors; }
  std::uint64_t table_size() const { return std::uint64_t{m_shape.vectors} * pci::msix_entry_size; }
  std::uint64_t pending_size() const { return (m_shape.vectors + 63) / 64 * std::uint64_t{8}; }
  bool enabled() const;
  bool function_masked() const;

  /// Offsets from the start of the table and of the pending bits.
  std::uint64_t read_table(std::uint64_t offset, unsigned size) const;
  void write_table(std::uint64_t offset, unsigned size, std::uint64_t value);
  std::uint64_t read_pending(std::uint64_t offset, unsigned size) const;

  /// Table and pending bits as after power-on. Message Control belongs to the configuration space.
  void reset();

  /// The function has an event for `vector`: the message to send, or nullopt where the capability
  /// is off, the vector does not exist or is masked; in the last case its pending bit is set.
  std::optional<PciMessage> raise(unsigned vector);
  /// The event has been dealt with before its message was sent (§6.8.3.4).
  void retract(unsigned vector);
  /// After a write by software to the table or to Message Control: a message that was pending and
  /// may go now; call until nullopt. The lowest vector comes first.
  std::optional<PciMessage> next_released();

 private:
  struct Entry {
    std::uint32_t address = 0;
    std::uint32_t upper_address = 0;
    std::uint32_t data = 0;
    std::uint32_t control = pci::msix_entry_masked;
  };

  std::uint32_t read_dword(std::uint64_t offset) const;
  void write_dword(std::uint64_t offset, std::uint32_t value);
  bool masked(unsigned vector) const;
  PciMessage message(unsigned vector) const;

  PciConfigSpace& m_config;
  MsixShape m_shape;
  unsigned m_offset;
  std::vector<Entry> m_table;
  std::vector<bool> m_pending;
};

}  // namespace apicsim

#pragma once

#include <cstdint>
#include <vector>

#include "models/devices/pci/pci_function.h"

namespace apicsim {

/// The functions of one PCI segment, as configuration transactions find them. A function behind a
/// bridge is found while the bridges' bus numbers lead to the bus of its description.
class PciBus {
 public:
  /// Not owned. Throws std::invalid_argument when the address is taken or out of range.
  void add(PciFunction& function);

  /// nullptr where there is no function.
  PciFunction* find(const PciAddress& address) const;

  /// An absent function reads all ones and ignores writes (PCI 3.0 §6.1).
  std::uint32_t read(const PciAddress& address, unsigned offset, unsigned size) const;
  void write(const PciAddress& address, unsigned offset, unsigned size, std::uint32_t value,
             Cycle now) const;

 private:
  std::vector<PciFunction*> m_functions;  ///< sorted by requester id
};

}  // namespace apicsim

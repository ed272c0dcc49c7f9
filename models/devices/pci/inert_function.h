#pragma once

#include "models/devices/pci/pci_function.h"

namespace apicsim {

/// A function that software finds and sizes but that does nothing: identity, configuration space
/// and at most one 32-bit memory BAR, which is unmodelled until somebody gives it a target.
class InertFunction final : public PciFunction {
 public:
  /// `bar0_size`: a power of two from 16 on, or 0 for no BAR.
  InertFunction(const sc_core::sc_module_name& name, const PciAddress& address,
                const PciIdentity& identity, const PciWiring& wiring, std::uint64_t bar0_size = 0)
      : PciFunction(name, address, identity, wiring) {
    if (bar0_size != 0) declare_bar(0, BarKind::memory32, bar0_size);
  }
};

}  // namespace apicsim

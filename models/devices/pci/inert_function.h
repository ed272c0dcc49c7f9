#pragma once

#include "models/devices/pci/pci_function.h"

namespace apicsim {

/// A function that software finds and sizes but that does nothing: identity, configuration space
/// and at most one 32-bit memory BAR, which is unmodelled until somebody gives it a target.
class InertFunction final : public PciFunction {
 public:
  /// `bar_size`: a power of two from 16 on, or 0 for no BAR; `bar`: which of the six it is.
  InertFunction(const sc_core::sc_module_name& name, const PciAddress& address,
                const PciIdentity& identity, const PciWiring& wiring, std::uint64_t bar_size = 0,
                unsigned bar = 0)
      : PciFunction(name, address, identity, wiring) {
    if (bar_size != 0) declare_bar(bar, BarKind::memory32, bar_size);
  }
};

}  // namespace apicsim

#pragma once

#include <cstdint>

#include "models/time/cycle.h"

namespace apicsim {

/// A wire from a device to an interrupt controller pin (I/O APIC, 8259). The wire carries the
/// electrical meaning "active" or "inactive"; polarity and trigger mode belong to the pin.
class InterruptLine {
 public:
  virtual ~InterruptLine() = default;
  /// The driver sets its output at cycle `at`. Setting the level that it already has is no edge.
  virtual void set(bool active, Cycle at) = 0;
};

/// What a CPU asks for the vector of an external interrupt (ExtINT): the 8259 pair.
class InterruptAcknowledge {
 public:
  virtual ~InterruptAcknowledge() = default;
  virtual std::uint8_t acknowledge(Cycle at) = 0;
};

}  // namespace apicsim

#pragma once

#include <cstdint>

#include "models/time/cycle.h"

namespace apicsim {

/// Takes what a serial line or debug console transmits.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  /// `at`: the cycle at which the guest wrote the byte.
  virtual void put(std::uint8_t byte, Cycle at) = 0;
};

}  // namespace apicsim

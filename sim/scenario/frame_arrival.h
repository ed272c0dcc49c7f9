#pragma once

#include <cstdint>
#include <vector>

#include "models/time/cycle.h"

namespace apicsim {

/// Frames that reach a network controller from outside the machine.
struct FrameArrival {
  std::uint32_t device = 0;         ///< requester id of the controller
  Cycle at = 0;                     ///< of the first
  std::vector<std::uint8_t> bytes;  ///< from the destination address on, without check sequence
  std::uint64_t count = 1;
  Cycle period = 0;  ///< from one to the next
};

}  // namespace apicsim

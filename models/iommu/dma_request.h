#pragma once

#include <cstdint>

#include "models/fabric/initiator.h"

namespace apicsim {

/// What a device asks of memory. Lies within one page of 4 KiB.
struct DmaRequest {
  std::uint64_t address = 0;
  std::uint16_t source = 0;  ///< requester id: bus << 8 | device << 3 | function
  bool write = false;
  RequestTag tag;
};

}  // namespace apicsim

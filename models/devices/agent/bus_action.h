#pragma once

#include <cstdint>
#include <vector>

#include "models/fabric/initiator.h"
#include "models/time/cycle.h"

namespace apicsim {

/// Something that happens on the devices' bus without any driver's doing, once or as a series.
struct BusAction {
  enum class Kind : std::uint8_t {
    write,         ///< `bytes` to `address`
    read,          ///< `length` bytes from `address`; the data is dropped
    replay_write,  ///< as `write`, to an address that the requester used before
    replay_read,   ///< as `read`, from such an address
    page_request,  ///< asks for the page at `address`
  };

  Kind kind = Kind::write;
  std::uint32_t requester = 0;  ///< bus << 8 | device << 3 | function
  Cycle at = 0;                 ///< of the first
  std::uint64_t address = 0;    ///< DMA address
  std::vector<std::uint8_t> bytes;
  std::uint32_t length = 0;
  std::uint64_t count = 1;     ///< at least 1
  Cycle period = 0;            ///< from one to the next; not 0 where there are several
  std::uint64_t stride = 0;    ///< added to the address each time
  std::uint32_t transfer = 0;  ///< replays: the last access but so many
  RequestTag tag;
  bool page_write = false;       ///< page request: W, else R
  std::uint16_t page_group = 0;  ///< page request: index of the group, 9 bits
};

}  // namespace apicsim

#pragma once

#include <cstdint>
#include <vector>

#include "models/devices/spec/offload.h"

namespace apicsim {

/// An image as the device's boot ROM checks it.
struct OffloadImage {
  offload::Error error = offload::Error::none;
  std::uint32_t version = 0;
  std::uint32_t load_address = 0;
  std::uint32_t entry = 0;
  std::vector<std::uint8_t> code;
};

/// Takes an image apart. Of several defects the first in this order is told: size, magic, header
/// version, length, CRC, addresses. With an error nothing else is filled in.
OffloadImage parse_offload_image(const std::vector<std::uint8_t>& file);

}  // namespace apicsim

#pragma once

#include <cstddef>
#include <cstdint>

namespace apicsim {

/// CRC-32 of IEEE 802.3 §3.2.9 (reflected, polynomial 0x04C11DB7), complemented at both ends.
inline std::uint32_t crc32(const std::uint8_t* bytes, std::size_t length) {
  std::uint32_t crc = ~std::uint32_t{0};
  for (std::size_t i = 0; i < length; ++i) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB88320 : 0);
  }
  return ~crc;
}

}  // namespace apicsim

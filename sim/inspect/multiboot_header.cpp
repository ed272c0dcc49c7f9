#include "sim/inspect/multiboot_header.h"

#include <algorithm>

namespace apicsim {

namespace {

constexpr std::uint32_t kMagic = 0x1BADB002;
constexpr std::size_t kSearched = 8192;
constexpr std::size_t kAlignment = 4;
constexpr std::size_t kPlainLength = 12;      // magic, flags, checksum
constexpr std::size_t kAddressesLength = 32;  // and the five address fields

std::uint32_t word(const std::vector<std::uint8_t>& file, std::size_t at) {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < 4; ++i) value |= std::uint32_t{file[at + i]} << (8 * i);
  return value;
}

}  // namespace

std::optional<MultibootHeader> find_multiboot_header(const std::vector<std::uint8_t>& file) {
  const std::size_t end = std::min(file.size(), kSearched);
  for (std::size_t at = 0; at + kPlainLength <= end; at += kAlignment) {
    const std::uint32_t flags = word(file, at + 4);
    if (word(file, at) != kMagic || kMagic + flags + word(file, at + 8) != 0) continue;
    MultibootHeader header;
    header.offset = static_cast<std::uint32_t>(at);
    header.flags = flags;
    if ((flags & MultibootHeader::has_addresses) != 0) {
      if (at + kAddressesLength > end) continue;
      header.addresses = {word(file, at + 12), word(file, at + 16), word(file, at + 20),
                          word(file, at + 24), word(file, at + 28)};
    }
    return header;
  }
  return std::nullopt;
}

}  // namespace apicsim

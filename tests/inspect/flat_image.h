#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

namespace apicsim::testing {

/// A Multiboot 1 image that is no ELF file, so that each word of its header can be damaged.
class FlatImage {
 public:
  enum Word : std::size_t { flags, header, load, load_end, bss_end, entry };

  static constexpr std::uint32_t kLoad = 0x200000;
  static constexpr std::uint32_t kOffset = 0x40;  ///< of the header in the file
  static constexpr std::uint32_t kFileSize = 0x400;

  std::vector<std::uint8_t> build() const { return build_at(kOffset, kFileSize); }
  std::vector<std::uint8_t> build_at(std::size_t offset, std::size_t size) const {
    constexpr std::uint32_t magic = 0x1BADB002;
    std::vector<std::uint32_t> all = {magic, words[flags], 0u - magic - words[flags]};
    all[2] += checksum_error;
    if ((words[flags] & 1u << 16) != 0) all.insert(all.end(), words.begin() + 1, words.end());
    std::vector<std::uint8_t> bytes(size);
    const std::size_t length = std::min(4 * all.size(), size - std::min(offset, size));
    std::memcpy(bytes.data() + offset, all.data(), length);
    if (!code.empty()) std::memcpy(bytes.data() + kOffset + 0x40, code.data(), code.size());
    return bytes;
  }

  /// Behind `kOffset` + 0x40, which is the entry.
  std::vector<std::uint8_t> code;
  std::uint32_t checksum_error = 0;
  std::array<std::uint32_t, 6> words = {1u << 16,     kLoad + 0x20,   kLoad,
                                        kLoad + 0x80, kLoad + 0x1000, kLoad + 0x60};
};

}  // namespace apicsim::testing

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace apicsim {

/// The header by which an image asks for a boot loader of the Multiboot Specification 0.6.96
/// (§3.1).
struct MultibootHeader {
  /// Where the image lies in memory, for files that are not ELF (§3.1.3); physical addresses.
  struct Addresses {
    std::uint32_t header = 0;
    std::uint32_t load = 0;
    std::uint32_t load_end = 0;  ///< 0: the file's end
    std::uint32_t bss_end = 0;   ///< 0: no bss
    std::uint32_t entry = 0;
  };

  static constexpr std::uint32_t align_modules = 1u << 0;
  static constexpr std::uint32_t memory_information = 1u << 1;
  static constexpr std::uint32_t video_mode = 1u << 2;
  static constexpr std::uint32_t has_addresses = 1u << 16;
  /// Bits that a boot loader must refuse when it does not know them (§3.1.2).
  static constexpr std::uint32_t mandatory = 0xFFFF;

  std::uint32_t offset = 0;  ///< in the file
  std::uint32_t flags = 0;
  std::optional<Addresses> addresses;

  std::uint32_t unknown_requirements() const {
    return flags & mandatory & ~(align_modules | memory_information | video_mode);
  }
};

/// The first header that lies completely in the file's first 8192 bytes, on a multiple of four,
/// with a right checksum; nullopt when there is none.
std::optional<MultibootHeader> find_multiboot_header(const std::vector<std::uint8_t>& file);

}  // namespace apicsim

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/inspect/flat_image.h"

namespace apicsim::testing {

/// A Multiboot image that writes to the serial port what its boot loader left: EAX, EBX, the
/// information structure, the memory map, and 256 bytes from the modules' list on (the list, the
/// strings). Then it writes 0x10 to the debug exit port.
inline std::vector<std::uint8_t> probe_image() {
  FlatImage image;
  image.words[FlatImage::load_end] = 0;
  image.code = {
      0xFC,                                      // cld
      0xBC, 0x00, 0x10, 0x20, 0x00,              // mov $0x201000, %esp
      0x66, 0xBA, 0xF8, 0x03,                    // mov $0x3F8, %dx
      0x53, 0x50,                                // push %ebx; push %eax
      0x89, 0xE6,                                // mov %esp, %esi
      0xB9, 0x08, 0x00, 0x00, 0x00, 0xF3, 0x6E,  // mov $8, %ecx; rep outsb
      0x89, 0xDE,                                // mov %ebx, %esi
      0xB9, 0x58, 0x00, 0x00, 0x00, 0xF3, 0x6E,  // mov $88, %ecx; rep outsb
      0x8B, 0x73, 0x30,                          // mov 48(%ebx), %esi
      0x8B, 0x4B, 0x2C, 0xF3, 0x6E,              // mov 44(%ebx), %ecx; rep outsb
      0x8B, 0x73, 0x18,                          // mov 24(%ebx), %esi
      0xB9, 0x00, 0x01, 0x00, 0x00, 0xF3, 0x6E,  // mov $256, %ecx; rep outsb
      0xB0, 0x10, 0xE6, 0xF4,                    // mov $0x10, %al; out %al, $0xF4
      0xF4, 0xEB, 0xFD,                          // hlt; jmp to hlt
  };
  return image.build();
}

/// What it wrote, in its parts.
struct ProbeOutput {
  explicit ProbeOutput(const std::string& bytes)
      : registers(bytes.substr(0, 8)), information(part(bytes, 8, 88)) {
    const std::size_t length = field(44);
    memory_map = part(bytes, 96, length);
    lists = part(bytes, 96 + length, 256);
  }

  static std::string part(const std::string& bytes, std::size_t at, std::size_t size) {
    return at < bytes.size() ? bytes.substr(at, size) : "";
  }
  std::uint32_t field(std::size_t offset) const {
    std::uint32_t value = 0;
    for (std::size_t i = 4; i-- > 0 && offset + i < information.size();)
      value = value << 8 | static_cast<std::uint8_t>(information[offset + i]);
    return value;
  }
  /// The lists up to the loader's name, which is each loader's own.
  std::string lists_without_name() const { return lists.substr(0, field(64) - field(24)); }

  std::string registers;
  std::string information;
  std::string memory_map;
  std::string lists;
};

}  // namespace apicsim::testing

#pragma once

#include <array>
#include <cstdint>

#include "models/devices/spec/nvme.h"

namespace apicsim {

/// A submission queue entry (NVMe 1.4 §4.2).
struct NvmeCommand {
  std::array<std::uint32_t, nvme::command_size / 4> dword{};

  std::uint8_t opcode() const { return static_cast<std::uint8_t>(dword[0]); }
  /// Fused operation and data pointer type: only zero is supported.
  bool plain() const { return (dword[0] >> 8 & 0xC3) == 0; }
  std::uint16_t id() const { return static_cast<std::uint16_t>(dword[0] >> 16); }
  std::uint32_t name_space() const { return dword[1]; }
  std::uint64_t prp1() const { return wide(6); }
  std::uint64_t prp2() const { return wide(8); }
  std::uint64_t wide(unsigned index) const {
    return dword[index] | std::uint64_t{dword[index + 1]} << 32;
  }
  std::uint16_t low(unsigned index) const { return static_cast<std::uint16_t>(dword[index]); }
  std::uint16_t high(unsigned index) const {
    return static_cast<std::uint16_t>(dword[index] >> 16);
  }
};

}  // namespace apicsim

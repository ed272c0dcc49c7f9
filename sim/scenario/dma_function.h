#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace apicsim {

/// What a management function does by itself.
struct AutonomousAccessDevice {
  enum class Kind : std::uint8_t { read, write, heartbeat };

  Kind kind = Kind::read;
  std::uint64_t address = 0;
  std::uint32_t length = 64;    ///< bytes, 1..4096; heartbeat: 4
  std::uint64_t first_ps = 0;   ///< picoseconds after power-on
  std::uint64_t period_ps = 0;  ///< 0: once
  std::uint64_t count = 0;      ///< 0: for ever
};

/// What a PCI function that masters the bus has besides its place and identity.
struct DmaFunctionDevice {
  static constexpr unsigned bar_count = 6;

  std::array<std::uint64_t, bar_count> bars{};  ///< assigned by firmware; 0: not assigned
  bool bus_master = false;                      ///< as firmware leaves it
  std::array<std::uint8_t, 6> mac = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};  ///< nic
  std::optional<std::uint32_t> peer;   ///< nic: requester id of the other end of its wire
  std::string image;                   ///< nvme: file with its contents; empty: none
  std::uint64_t size = 0;              ///< nvme: bytes of the namespace; 0: as the image says
  std::optional<std::uint32_t> alias;  ///< nvme: requester id that moves data
  std::vector<AutonomousAccessDevice> accesses;  ///< management
};

}  // namespace apicsim

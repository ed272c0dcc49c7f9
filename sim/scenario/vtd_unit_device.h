#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace apicsim {

/// Requester ids first..last (bus << 8 | device << 3 | function) that are wired through a unit.
struct RequesterRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0;
};

/// A VT-d remapping unit of the board. What the firmware's DMAR table says of it is another matter.
struct VtdUnitDevice {
  std::uint64_t address = 0;  ///< register base
  std::uint32_t segment = 0;
  std::uint32_t version = 0x10;  ///< VER_REG: major << 4 | minor
  std::uint64_t cap = 0;         ///< CAP_REG
  std::uint64_t ecap = 0;        ///< ECAP_REG
  /// Wired to it one by one; these come before the bus ranges of all units.
  std::vector<RequesterRange> devices;
  /// Buses whose other requests are wired through it, if `buses` is set; of several units the first
  /// one named has a bus.
  bool buses = true;
  std::uint32_t first_bus = 0;
  std::uint32_t last_bus = 0xFF;
  std::uint32_t requester_id = 0;  ///< of its own reads and writes
  bool snoops = false;             ///< reads of its structures ask the caches whatever ECAP.C says
  bool verify_io_apics = true;     ///< source-id verification of I/O APICs' requests
  std::uint32_t host_address_width = 46;  ///< bits
  // Capacities of its caches, in entries.
  std::uint32_t interrupt_entries = 64;
  std::uint32_t context_entries = 64;
  std::uint32_t pasid_entries = 64;
  std::uint32_t iotlb_entries = 64;
  std::uint32_t table_entries = 32;
};

}  // namespace apicsim

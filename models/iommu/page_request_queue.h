#pragma once

#include <cstdint>
#include <optional>

#include "models/fabric/address_translation_agent.h"
#include "models/fabric/dma_port.h"
#include "models/iommu/vtd_events.h"
#include "models/iommu/vtd_registers.h"

namespace apicsim {

/// The page request queue (§7.4, §7.5): what devices ask for is written to memory for software,
/// which answers through the invalidation queue.
class PageRequestQueue {
 public:
  PageRequestQueue(VtdRegisters& registers, DmaPort& memory, VtdEvents& events)
      : m_registers(registers), m_memory(memory), m_events(events) {}

  /// Puts a request at the tail and tells software. Without room, and until software has cleared
  /// PRO, it is dropped; the last of a group is then answered by the returned code: Success, so
  /// that the device tries again.
  std::optional<PageResponse> add(const PageRequest& request, Cycle now);
  /// Software has written PRS.
  void update();

  std::uint64_t accepted() const { return m_accepted; }
  std::uint64_t dropped() const { return m_dropped; }

 private:
  std::optional<PageResponse> drop(const PageRequest& request, PageResponse code);
  void report(std::uint32_t status, Cycle now);

  VtdRegisters& m_registers;
  DmaPort& m_memory;
  VtdEvents& m_events;
  std::uint64_t m_accepted = 0;
  std::uint64_t m_dropped = 0;
};

}  // namespace apicsim

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "models/iommu/remap_interrupt.h"

namespace apicsim {

/// The entries of the interrupt-remapping table that a unit remembers (VT-d §6.2.4): all that were
/// present and without fault, until they are invalidated or the oldest one has to make room.
class InterruptEntryCache {
 public:
  /// `capacity`: entries; 0 remembers nothing.
  explicit InterruptEntryCache(std::size_t capacity) : m_capacity(capacity) {}

  std::optional<InterruptTableEntry> find(std::uint16_t index) const;
  void insert(std::uint16_t index, const InterruptTableEntry& entry);
  void clear() { m_lines.clear(); }
  /// Forgets the 2^mask entries, aligned, in which `index` lies.
  void clear(std::uint16_t index, unsigned mask);

 private:
  struct Line {
    std::uint16_t index;
    InterruptTableEntry entry;
  };

  std::size_t m_capacity;
  std::vector<Line> m_lines;  ///< in the order of insertion
};

}  // namespace apicsim

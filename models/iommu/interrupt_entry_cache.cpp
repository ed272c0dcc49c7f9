#include "models/iommu/interrupt_entry_cache.h"

#include <algorithm>

namespace apicsim {

std::optional<InterruptTableEntry> InterruptEntryCache::find(std::uint16_t index) const {
  for (const Line& line : m_lines)
    if (line.index == index) return line.entry;
  return std::nullopt;
}

void InterruptEntryCache::insert(std::uint16_t index, const InterruptTableEntry& entry) {
  if (m_capacity == 0) return;
  if (m_lines.size() == m_capacity) m_lines.erase(m_lines.begin());
  m_lines.push_back({index, entry});
}

void InterruptEntryCache::clear(std::uint16_t index, unsigned mask) {
  const unsigned bits = std::min(mask, 16u);
  const auto block = [bits](std::uint16_t i) { return static_cast<std::uint32_t>(i) >> bits; };
  m_lines.erase(std::remove_if(m_lines.begin(), m_lines.end(),
                               [&](const Line& line) { return block(line.index) == block(index); }),
                m_lines.end());
}

}  // namespace apicsim

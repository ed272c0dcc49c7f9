#include "models/devices/agent/device_tlb.h"

#include <algorithm>

namespace apicsim {

std::optional<std::uint64_t> DeviceTlb::find(std::uint64_t address, bool write, bool has_pasid,
                                             std::uint32_t pasid) const {
  for (const Entry& entry : m_entries) {
    const bool inside = address >= entry.first && address - entry.first < entry.size;
    const bool same_space =
        entry.has_pasid == has_pasid && (!has_pasid || entry.global || entry.pasid == pasid);
    if (inside && same_space && (write ? entry.write : entry.read))
      return entry.translated + (address - entry.first);
  }
  return std::nullopt;
}

void DeviceTlb::insert(const Entry& entry) {
  m_entries.push_back(entry);
  if (m_entries.size() > m_capacity) m_entries.pop_front();
}

void DeviceTlb::invalidate(const DeviceTlbInvalidation& what) {
  const bool everything = what.size_log2 >= 64;
  const std::uint64_t last =
      everything ? ~std::uint64_t{0} : what.address + ((std::uint64_t{1} << what.size_log2) - 1);
  const auto named = [&](const Entry& entry) {
    const bool same_space = entry.has_pasid == what.has_pasid &&
                            (!what.has_pasid || what.global || entry.pasid == what.pasid);
    const std::uint64_t end = entry.first + (entry.size - 1);
    const bool overlaps = everything || (entry.first <= last && what.address <= end);
    return same_space && overlaps;
  };
  m_entries.erase(std::remove_if(m_entries.begin(), m_entries.end(), named), m_entries.end());
}

}  // namespace apicsim

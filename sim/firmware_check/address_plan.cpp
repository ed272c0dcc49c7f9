#include "sim/firmware_check/address_plan.h"

#include <algorithm>

namespace apicsim {

namespace {

void add_joined(const FirmwareMemoryRange& range, FirmwareMemoryMap& out) {
  const bool joins =
      !out.empty() && out.back().type == range.type && out.back().last + 1 == range.base;
  if (joins)
    out.back().last = range.last;
  else
    out.push_back(range);
}

}  // namespace

void AddressPlan::paint(std::uint64_t base, std::uint64_t last, const std::string& type) {
  if (last < base) return;
  FirmwareMemoryMap kept;
  for (const FirmwareMemoryRange& range : m_ranges) {
    if (range.last < base || range.base > last) {
      kept.push_back(range);
      continue;
    }
    if (range.base < base) kept.push_back({range.base, base - 1, range.type});
    if (range.last > last) kept.push_back({last + 1, range.last, range.type});
  }
  kept.push_back({base, last, type});
  std::sort(kept.begin(), kept.end(), [](const auto& a, const auto& b) { return a.base < b.base; });
  m_ranges = std::move(kept);
}

FirmwareMemoryMap AddressPlan::ranges(const std::string& types) const {
  FirmwareMemoryMap found;
  for (FirmwareMemoryRange range : m_ranges) {
    if ((" " + types + " ").find(" " + range.type + " ") == std::string::npos) continue;
    range.type.clear();
    add_joined(range, found);
  }
  return found;
}

FirmwareMemoryMap AddressPlan::all() const {
  FirmwareMemoryMap joined;
  for (const FirmwareMemoryRange& range : m_ranges) add_joined(range, joined);
  return joined;
}

bool AddressPlan::is_free(std::uint64_t base, std::uint64_t last) const {
  return std::none_of(m_ranges.begin(), m_ranges.end(), [&](const FirmwareMemoryRange& range) {
    return range.base <= last && base <= range.last;
  });
}

}  // namespace apicsim

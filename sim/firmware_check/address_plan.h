#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/firmware_check/memory_map.h"

namespace apicsim {

/// A memory map under construction: what is painted later covers what was there.
class AddressPlan {
 public:
  void paint(std::uint64_t base, std::uint64_t last, const std::string& type);
  /// The ranges of one of the types (separated by blanks), neighbours joined.
  FirmwareMemoryMap ranges(const std::string& types) const;
  /// All of them, ascending; neighbours of one type joined.
  FirmwareMemoryMap all() const;
  /// Is nothing painted there?
  bool is_free(std::uint64_t base, std::uint64_t last) const;

 private:
  FirmwareMemoryMap m_ranges;  ///< ascending, disjoint
};

}  // namespace apicsim

#pragma once

#include <cstdint>
#include <vector>

#include "sim/firmware_check/rule.h"

namespace apicsim {

/// A structure of the MADT with the table that it stands in.
struct MadtItem {
  const DecodedTable* table;
  const DecodedStructure* structure;

  std::uint64_t number(const char* key) const { return structure->number(key); }
  std::size_t offset() const { return structure->offset; }
};

std::vector<MadtItem> all_madt_items(const CheckInput& input);
/// Those of one type that have all of their fields.
std::vector<MadtItem> madt_items(const CheckInput& input, std::uint32_t type);

/// A processor of either structure.
struct MadtCpu {
  MadtItem item;
  std::uint64_t apic_id = 0;
  std::uint64_t uid = 0;
  bool enabled = false;
  bool x2apic = false;  ///< in the structure with 32-bit ids
};
std::vector<MadtCpu> madt_cpus(const CheckInput& input);

}  // namespace apicsim

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/firmware_check/rule.h"

namespace apicsim {

/// A structure of the DMAR with the table that it stands in.
struct DmarItem {
  const DecodedTable* table;
  const DecodedStructure* structure;

  std::uint64_t number(const char* key) const { return structure->number(key); }
  std::size_t offset() const { return structure->offset; }
};

/// Every structure of one type; those that end before their fixed fields do are left out.
std::vector<DmarItem> dmar_items(const CheckInput& input, std::uint32_t type);
/// Every structure, damaged ones as well.
std::vector<DmarItem> all_dmar_items(const CheckInput& input);

/// A device scope and the structure that has it.
struct ScopeItem {
  DmarItem owner;
  const DecodedStructure* scope;

  std::uint64_t number(const char* key) const { return scope->number(key); }
};
std::vector<ScopeItem> device_scopes(const CheckInput& input);
std::vector<ScopeItem> device_scopes(const DmarItem& owner);

/// "00:1c.7/00.0"; with the segment in front where it is not 0.
std::string device_name(const ScopeItem& scope);
/// Steps of the path.
std::vector<const DecodedField*> path_of(const DecodedStructure& scope);

}  // namespace apicsim

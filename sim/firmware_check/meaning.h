#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>

namespace apicsim {

/// Names of the bits that are set, lowest first; bits without a name as "bit 5". An empty name
/// stands for a bit that has none. "" for 0.
std::string flag_names(std::uint64_t value, std::initializer_list<const char*> names);

/// The name at a place of the list, or "" beyond it.
std::string name_at(std::uint64_t value, std::initializer_list<const char*> names);

}  // namespace apicsim

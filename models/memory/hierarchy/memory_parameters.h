#pragma once

#include <vector>

#include "models/memory/hierarchy/memory_timing_config.h"

namespace apicsim {

/// One profile entry `memory.<name>`.
struct MemoryParameter {
  enum class Kind : std::uint8_t {
    sets,    ///< a power of two
    count,   ///< ways, entries, slices, channels
    cycles,  ///< a time, in cycles of the core-reference clock
  };

  const char* name;
  std::uint64_t MemoryParameters::*field;  ///< Cycle is a std::uint64_t, too
  Kind kind;
  std::uint64_t lowest, highest;  ///< both allowed
  const char* meaning;
};

/// All of them, in the order of the struct: for the profile reader, its checks and the
/// documentation.
const std::vector<MemoryParameter>& memory_parameters();

}  // namespace apicsim

#pragma once

#include "tests/differential/random.h"
#include "tests/modes/machine_state.h"

namespace apicsim::modes {

enum class Mode : std::uint8_t { real, bits16, bits32, user32 };
const char* name_of(Mode mode);

/// One random instruction with a random state in front of it.
struct Case {
  MachineState start;
  std::string text;                   ///< disassembly and bytes
  std::uint64_t undefined_flags = 0;  ///< that the instruction leaves undefined
};

/// False: these bytes are no instruction that the comparison covers.
bool make_case(Mode mode, std::uint64_t seed, Case& result);

}  // namespace apicsim::modes

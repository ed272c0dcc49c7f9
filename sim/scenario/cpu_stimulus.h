#pragma once

#include <cstdint>

#include "models/time/cycle.h"

namespace apicsim {

/// What happens to a CPU or a package from outside, once: heat, or a hardware error.
struct CpuStimulus {
  enum class Kind : std::uint8_t {
    core_temperature,     ///< `target`: logical CPU; `value`: degrees Celsius
    package_temperature,  ///< `target`: package; `value`: degrees Celsius
    prochot,              ///< `target`: package; `value`: 1 while PROCHOT# is driven, 0 after that
    corrected_error,      ///< `target`: logical CPU; `value`: MCA error code
    uncorrected_error,    ///< the same
  };
  Kind kind = Kind::core_temperature;
  Cycle at = 0;
  std::uint32_t target = 0;
  std::uint32_t value = 0;
  std::uint32_t bank = 0;  ///< of an error
};

}  // namespace apicsim

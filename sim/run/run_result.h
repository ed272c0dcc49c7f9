#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "models/time/cycle.h"
#include "sim/scenario/scenario_enums.h"

namespace apicsim {

/// How a run ended.
struct RunResult {
  Outcome outcome = Outcome::finished;
  std::string reason;  ///< one sentence for people
  Cycle cycles = 0;
  std::uint64_t instructions = 0;
  std::optional<std::uint32_t> exit_code;  ///< what the guest wrote to the debug exit port
  bool reset = false;                      ///< the guest asked for a reset of the machine
  std::uint64_t oopses = 0;
  std::uint64_t panics = 0;
  /// Wall-clock time of the simulation on this host; differs from run to run, not in traces.
  std::uint64_t host_milliseconds = 0;
};

}  // namespace apicsim

#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace apicsim {

/// How instructions are executed: one per cycle, or through the timing model of the core.
enum class TimingMode : std::uint8_t { functional, timed };

/// What touching something that the machine has and the simulator does not model does.
enum class UnmodelledMode : std::uint8_t { stop, report };

/// What the exit status of the program says: how the run ended, or what the image itself wrote to
/// the debug exit port (docs/exit-status.md).
enum class ExitRule : std::uint8_t { outcome, image };

/// How a run ended. The exit status of the program follows from it (docs/exit-status.md).
enum class Outcome : std::uint8_t {
  finished,      ///< the guest powered off or reported success
  oops,          ///< the guest reported a fault of its kernel, and then finished
  panic,         ///< the guest's kernel panicked
  guest_failed,  ///< the guest reported a failure of its workload without a fault
  limit,         ///< max_time or max_cycles
  dead_end,      ///< every CPU sleeps for ever
  triple_fault,  ///< a CPU shut down
  unmodelled,    ///< hardware that is not modelled was touched
  interrupted,   ///< Ctrl-C
};

/// Their names in scenario files and reports.
const std::vector<std::pair<std::string, Outcome>>& outcome_names();
const std::string& outcome_name(Outcome outcome);

}  // namespace apicsim

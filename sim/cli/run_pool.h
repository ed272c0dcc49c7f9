#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace apicsim {

/// One run of this program in a process of its own: a process holds one simulation.
struct PooledRun {
  std::vector<std::string> arguments;  ///< behind "run": scenario and options

  int status = 0;      ///< exit status; 128 + signal when it was killed
  std::string report;  ///< its JSON report; empty when it wrote none
  std::string errors;  ///< what it wrote to standard error
};

/// Ctrl-C or SIGTERM came while runs were under way; all of them have ended.
class RunPoolInterrupted {};

/// Runs all of them, at most `jobs` side by side, and fills in their results. `progress`: a counter
/// on standard error. Throws std::runtime_error when no process or no temporary folder can be made,
/// and RunPoolInterrupted.
void run_pool(std::vector<PooledRun>& runs, std::size_t jobs, bool progress);

}  // namespace apicsim

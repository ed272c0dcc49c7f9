#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

#include "sim/cli/simulation.h"

namespace apicsim {

/// A simulation in a process of its own: SystemC elaborates once per process, and several can run
/// at a time. What it prints goes to a file.
class ChildRun {
 public:
  /// Starts it. `log`: file for standard output and errors. Throws std::runtime_error.
  ChildRun(const RunRequest& request, const std::filesystem::path& log);
  /// Kills it when it still runs.
  ~ChildRun();
  ChildRun(const ChildRun&) = delete;
  ChildRun& operator=(const ChildRun&) = delete;

  /// Exit status (128 + signal when it was killed) once it has ended.
  std::optional<int> ended();
  /// Asks for an early end, as Ctrl-C does.
  void interrupt() const;
  /// The last line that it printed.
  std::string last_line() const;

 private:
  std::filesystem::path m_log;
  pid_t m_pid = -1;
};

}  // namespace apicsim

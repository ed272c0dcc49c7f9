#pragma once

#include <csignal>
#include <string>
#include <vector>

namespace apicsim::testing {

/// What a run of the built program left: its exit status (128 + signal when it was killed).
struct ProgramResult {
  int status = 0;
  std::string output;
  std::string errors;
};

/// A run of the program in the background, its output going to files.
class Program {
 public:
  explicit Program(const std::vector<std::string>& arguments);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void signal(int number) const;
  /// What it has written to standard output so far.
  std::string output() const;
  ProgramResult wait();

 private:
  int m_pid = -1;
  int m_output = -1;
  int m_errors = -1;
};

inline ProgramResult run_program(const std::vector<std::string>& arguments) {
  return Program(arguments).wait();
}

}  // namespace apicsim::testing

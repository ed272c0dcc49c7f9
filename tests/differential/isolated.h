#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "tests/differential/engine.h"

namespace apicsim::differential {

/// Runs cases in a child process, so that one that kills the process costs nothing but itself.
class IsolatedRunner {
 public:
  IsolatedRunner();
  ~IsolatedRunner();
  IsolatedRunner(const IsolatedRunner&) = delete;
  IsolatedRunner& operator=(const IsolatedRunner&) = delete;

  /// Executed in the child: runs case after case, from `first` on, and announces each by `begin`
  /// before it starts. It may die at any time; it ends by returning.
  struct Work {
    std::size_t first;
    Outcome* outcomes;
    std::function<void(std::size_t)> begin;
  };

  /// A case during which the child died keeps the outcome `did_not_end`.
  /// Throws std::runtime_error if the child reports by _exit(setup_failed) that it cannot work.
  void run(std::size_t count, std::vector<Outcome>& outcomes,
           const std::function<void(const Work&)>& work);
  static constexpr int setup_failed = 2;

 private:
  std::size_t run_from(std::size_t first, std::size_t count,
                       const std::function<void(const Work&)>& work);

  Outcome* m_outcomes;
  std::size_t* m_current;
};

}  // namespace apicsim::differential

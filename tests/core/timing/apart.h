#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <vector>

namespace apicsim {

/// Runs a simulation in a process of its own, since a process has only one SystemC kernel, and
/// returns the numbers that it returns; none if it failed.
template <class Function>
std::vector<std::uint64_t> run_apart(Function function) {
  int ends[2];
  if (pipe(ends) != 0) return {};
  const pid_t child = fork();
  if (child == 0) {
    const std::vector<std::uint64_t> result = function();
    const std::size_t bytes = result.size() * sizeof(std::uint64_t);
    _exit(write(ends[1], result.data(), bytes) == static_cast<ssize_t>(bytes) ? 0 : 1);
  }
  close(ends[1]);
  std::vector<std::uint64_t> result(64);
  const ssize_t bytes = read(ends[0], result.data(), result.size() * sizeof(std::uint64_t));
  close(ends[0]);
  int status = 1;
  waitpid(child, &status, 0);
  result.resize(status == 0 && bytes > 0 ? static_cast<std::size_t>(bytes) / 8 : 0);
  return result;
}

}  // namespace apicsim

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "tests/differential/program.h"

namespace apicsim::differential {

/// Vectors beyond those of the hardware.
constexpr std::uint32_t breakpoint = 3;          ///< the end of a program
constexpr std::uint32_t did_not_end = 0x100;     ///< given up
constexpr std::uint32_t not_comparable = 0x101;  ///< the engine cannot say which fault it was

/// The state at the exception that ended a program.
struct Outcome {
  std::array<std::uint64_t, 16> registers{};
  std::uint64_t rip = 0;  ///< of the faulting instruction; of the INT3 at the end
  std::uint32_t flags = 0;
  std::uint32_t vector = did_not_end;
  std::uint32_t error_code = 0;
  std::uint64_t address = 0;  ///< CR2 after #PF, else 0
  std::uint8_t data[data_size] = {};
};

/// Executes programs in user mode with the address map of program.h.
class Engine {
 public:
  virtual ~Engine() = default;
  virtual const char* name() const = 0;
  /// At most max_batch cases, each laid out in a slot of its own.
  virtual void run(const std::vector<Case>& cases, std::vector<Outcome>& outcomes) = 0;
};

/// The processor that runs the test.
std::unique_ptr<Engine> make_host_engine();
std::unique_ptr<Engine> make_unicorn_engine();
std::unique_ptr<Engine> make_core_engine();
/// The core in timed execution.
std::unique_ptr<Engine> make_timed_core_engine();

}  // namespace apicsim::differential

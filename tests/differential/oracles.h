#pragma once

#include "tests/differential/program.h"

namespace apicsim::differential {

/// An instruction on which an engine is known to be wrong. A program that contains it is not held
/// against that engine.
struct KnownError {
  const char* engine;
  const char* instruction;
  const char* what;  ///< what it does instead, and the section that decides
};

/// The row that excuses `engine` from this program, or nullptr.
const KnownError* known_error(const char* engine, const Program& program);

}  // namespace apicsim::differential

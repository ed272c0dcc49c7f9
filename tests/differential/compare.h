#pragma once

#include <string>

#include "tests/differential/engine.h"

namespace apicsim::differential {

/// Empty if both outcomes agree where the SDM defines them; else one line per difference.
/// An outcome that is not comparable agrees with every fault, but not with a program's normal end.
std::string differences(const Case& c, const Outcome& left, const char* left_name,
                        const Outcome& right, const char* right_name);

/// The program, its registers and its disassembly.
std::string describe(const Case& c);

/// The smallest program, by leaving out instructions, on which the engines still differ.
Program reduce(const Program& program, Engine& left, Engine& right);

}  // namespace apicsim::differential

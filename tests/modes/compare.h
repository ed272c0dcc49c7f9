#pragma once

#include "tests/modes/generator.h"

namespace apicsim::modes {

/// One line per difference; empty if both outcomes agree where the manuals define them.
std::string differences(const Case& c, const Outcome& core, const Outcome& host);

}  // namespace apicsim::modes

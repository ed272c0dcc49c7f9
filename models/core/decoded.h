#pragma once

#include <vector>

#include "models/core/op.h"
#include "models/core/timing/op_timing.h"

namespace apicsim {

/// Operations of a block in the making and what the scoreboard knows of each.
struct Decoded {
  std::vector<Op> ops;
  std::vector<OpTiming> timings;
};

}  // namespace apicsim

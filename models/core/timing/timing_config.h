#pragma once

#include "models/core/timing/core_timing_config.h"
#include "models/core/timing/instruction_table.h"
#include "models/memory/hierarchy/memory_timing_config.h"

namespace apicsim {

/// All that timed execution needs, from a timing profile and the machine's topology.
struct TimingConfig {
  CoreTimingConfig core;
  InstructionTable instructions;
  MemoryTimingConfig memory;  ///< its topology names every CPU
};

}  // namespace apicsim

#pragma once

#include <vector>

#include "models/core/cpu_complex_config.h"
#include "models/fabric/interrupt_fabric_config.h"
#include "models/firmware/pvh.h"
#include "models/memory/physical_memory.h"
#include "sim/scenario/machine.h"
#include "sim/scenario/scenario.h"

namespace apicsim {

// What the models want to know, taken from the resolved machine and timing profile.

CpuComplexConfig core_config(const Scenario& scenario);
InterruptFabricConfig fabric_config(const Machine& machine, const TimingProfile& profile);
std::vector<RamRange> ram_ranges(const Machine& machine);
std::vector<PvhMemoryRange> pvh_memory_map(const Machine& machine);

}  // namespace apicsim

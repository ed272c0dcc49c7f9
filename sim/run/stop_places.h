#pragma once

#include <string>

#include "models/core/cpu_complex.h"
#include "sim/inspect/elf_image.h"

namespace apicsim {

/// Where the CPUs are that were not asleep when the run stopped: "CPU 0 is in name+0x12/0x40", up
/// to four of them. Empty if all slept.
std::string stop_places(CpuComplex& cpus, const ElfImage& image);

}  // namespace apicsim

#pragma once

#include <vector>

#include "sim/scenario/machine.h"

namespace apicsim {

/// The CPUID table as the given CPU sees it: the model's rows with the initial APIC id (leaf 1
/// EBX[31:24], leaf 0xB EDX) and the topology levels of leaf 0xB filled in. Sorted by leaf and
/// subleaf. SDM Vol. 2, "CPUID".
std::vector<MachineCpuidLeaf> cpuid_of(const Machine& machine, const MachineCpu& cpu);

}  // namespace apicsim

#pragma once

#include "models/core/cpu.h"
#include "sim/platform/loader.h"

namespace apicsim {

/// Puts the bootstrap processor where a PVH loader leaves it: 32-bit protected mode, flat segments,
/// paging and interrupts off, EBX with the start information (Xen docs/misc/pvh.pandoc).
void start_at_pvh_entry(Cpu& cpu, const BootEntry& entry);

}  // namespace apicsim

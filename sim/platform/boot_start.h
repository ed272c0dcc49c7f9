#pragma once

#include "models/core/cpu.h"
#include "sim/platform/loader.h"

namespace apicsim {

/// Puts the bootstrap processor where the image's boot loader leaves it: 32-bit protected mode,
/// flat segments, paging and interrupts off, EBX with the boot information (Xen
/// docs/misc/pvh.pandoc; Multiboot Specification 0.6.96 §3.2, with its magic number in EAX).
void start_at_entry(Cpu& cpu, const BootEntry& entry);

}  // namespace apicsim

#pragma once

#include "models/devices/cmos_rtc.h"
#include "sim/scenario/machine.h"

namespace apicsim {

/// Leaves in the CMOS RAM what firmware and boot programs read there: sizes of memory, equipment,
/// and the number of processors where QEMU has it.
void write_cmos(const Machine& machine, CmosRtc& cmos);

}  // namespace apicsim

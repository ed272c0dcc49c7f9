#pragma once

#include "sim/observe/event_stream.h"
#include "sim/platform/platform.h"

namespace apicsim {

/// What registers and memory hold at the end of a run, as events: a digest per CPU and per piece of
/// memory (PhysicalMemory::chunk_size) that holds anything but zeros.
void emit_end_state(Platform& platform, Cycle at, EventStream& events);

}  // namespace apicsim

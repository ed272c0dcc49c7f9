// Which CPUs answer the measuring ones, by where they lie in the machine.
#pragma once

#include "guest/workload/measure.h"

/// The CPUs of the `to` argument, or those that the row wants. Empty where the machine has none.
CpuList measure_partners(const Command& command, const MeasureRow& row, const CpuList& measuring);

/// `partner=idle`: they stay in the idle task, and an interrupt has to wake them.
bool partners_sleep(const Command& command);

// The interrupt vector of the measurements: its entry keeps the time of arrival.
#pragma once

#include "guest/arch/percpu.h"

/// What the last of these interrupts left on its CPU.
struct MeasureArrivals {
  u64 number;      ///< interrupts so far
  u64 eoi_cycles;  ///< of the end-of-interrupt write, time stamps included
};

extern "C" {
/// TSC at the first instructions of the last interrupt.
DECLARE_PER_CPU(u64, measure_arrival);
}
DECLARE_PER_CPU(MeasureArrivals, measure_arrivals);

/// Takes the vector; once or more often.
void claim_measure_vector();

/// Interrupts that `cpu` has taken so far.
u64 measure_arrivals_of(int cpu);
/// Waits until `cpu` has taken more than `before`; false after a second.
bool await_measure_arrival(int cpu, u64 before);

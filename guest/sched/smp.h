#pragma once

#include "guest/arch/cpumask.h"
#include "guest/include/types.h"

using SmpFunction = void (*)(void* data);

// Runs function(data) on `cpu` in interrupt context (directly if that is this CPU) and, with
// `wait`, returns when it has run. Interrupts must be on when waiting. False if the CPU is not
// online.
bool smp_call_function_single(int cpu, SmpFunction function, void* data, bool wait);

// The same on the online CPUs of the mask but this one. Not from interrupt handlers: these could
// find a request taken whose target has not been told yet.
void smp_call_function_many(const CpuMask& cpus, SmpFunction function, void* data, bool wait);
// The same on every other online CPU.
void smp_call_function(SmpFunction function, void* data, bool wait);
// And here, too.
void on_each_cpu(SmpFunction function, void* data, bool wait);

void smp_send_reschedule(int cpu);
// Stops every other CPU for good (vector REBOOT, then NMI-free spinning with interrupts off).
void smp_send_stop();

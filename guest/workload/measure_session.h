// One `measure` command while it runs, shared by its CPUs.
#pragma once

#include "guest/arch/spinlock.h"
#include "guest/workload/measure.h"

struct MeasureSession {
  const Command* command;  ///< nullptr: the place is free
  const MeasureRow* row;
  CpuList measuring;
  CpuList partners;
  u64 each;
  u32 arrived;  ///< CPUs that are there
  u32 at_work;  ///< measuring CPUs that are not through
  u32 present;  ///< CPUs that still use this
  void* shared;
  u64* samples[kMaxCpus];  ///< of measuring CPUs, nullptr without memory
  u64 taken[kMaxCpus];
};

/// Reports every sample with a probe, then one line for the row. The samples are sorted afterwards.
void report_measurement(const MeasureSession& session);

#pragma once

#include "guest/include/types.h"

extern int nr_cpu_ids;  // number of possible CPUs

// A set of logical CPUs.
struct CpuMask {
  u64 words[kMaxCpus / 64];

  void add(int cpu) { words[cpu / 64] |= 1ull << (cpu % 64); }
  bool has(int cpu) const { return (words[cpu / 64] >> (cpu % 64)) & 1; }
  // The first CPU from `cpu` on, or -1.
  int next(int cpu) const {
    for (; cpu < nr_cpu_ids; cpu = (cpu / 64 + 1) * 64) {
      const u64 rest = words[cpu / 64] >> (cpu % 64);
      if (rest != 0) return cpu + __builtin_ctzll(rest);
    }
    return -1;
  }
};

#include "guest/arch/percpu.h"

extern "C" const char __per_cpu_load[];

u64 __per_cpu_offset[kMaxCpus];

__attribute__((section(".data..percpu..this_cpu_off"))) u64 this_cpu_off =
    reinterpret_cast<u64>(__per_cpu_load);
DEFINE_PER_CPU(u32, cpu_number);
DEFINE_PER_CPU(u32, numa_node);

#pragma once

#include "guest/include/types.h"

struct CpuidResult {
  u32 eax, ebx, ecx, edx;
};

ALWAYS_INLINE CpuidResult cpuid(u32 leaf, u32 subleaf = 0) {
  CpuidResult r;
  asm volatile("cpuid"
               : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
               : "a"(leaf), "c"(subleaf));
  return r;
}

ALWAYS_INLINE void cpu_relax() { asm volatile("pause" : : : "memory"); }
ALWAYS_INLINE void halt() { asm volatile("hlt" : : : "memory"); }
// STI holds interrupts off for one more instruction, so none is lost before HLT (SDM Vol. 2, STI).
ALWAYS_INLINE void enable_and_halt() { asm volatile("sti\n\thlt" : : : "memory"); }

ALWAYS_INLINE u64 rdtsc() {
  u32 low, high;
  asm volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
  return static_cast<u64>(high) << 32 | low;
}

#define CONTROL_REGISTER(n)                                        \
  ALWAYS_INLINE u64 read_cr##n() {                                 \
    u64 value;                                                     \
    asm volatile("mov %%cr" #n ", %0" : "=r"(value) : : "memory"); \
    return value;                                                  \
  }                                                                \
  ALWAYS_INLINE void write_cr##n(u64 value) {                      \
    asm volatile("mov %0, %%cr" #n : : "r"(value) : "memory");     \
  }
CONTROL_REGISTER(0)
CONTROL_REGISTER(2)
CONTROL_REGISTER(3)
CONTROL_REGISTER(4)
#undef CONTROL_REGISTER

ALWAYS_INLINE void invlpg(const void* address) {
  asm volatile("invlpg (%0)" : : "r"(address) : "memory");
}

// What CPUID says of the processor that booted; all processors of a machine are alike.
struct CpuInfo {
  char vendor[13];
  char model_id[49];
  u32 family, model, stepping;
  bool apic, x2apic, tsc_deadline, nx, gbpages, smep, cx16, pge, arat, mwait, perfmon;
  bool invariant_tsc;
};
extern CpuInfo boot_cpu_data;

// Logical CPUs are numbered in the order of the MADT, the one that booted first.
extern int nr_cpu_ids;  // number of possible CPUs
bool cpu_online(int cpu);
bool cpu_present(int cpu);
int num_online_cpus();
int num_possible_cpus();
int cpu_to_node(int cpu);
u32 cpu_physical_id(int cpu);  // initial APIC id

extern int nr_node_ids;  // NUMA nodes are 0 .. nr_node_ids - 1
bool node_online(int node);
int num_online_nodes();
u32 node_distance(int from, int to);  // SLIT; 10 local, 20 remote without one

#pragma once

#include "guest/include/types.h"

// Filled from the MADT and the SRAT before the other processors run.

// The processor that runs this, before any table was read.
void register_boot_cpu(u32 apic_id);
// A usable processor of the MADT; numbers rise in the order of calls.
void register_cpu(u32 apic_id);
bool boot_cpu_listed();  // by the MADT
// One that the MADT lists as disabled: may come later, counts as possible.
void count_disabled_cpu();
// Fixes the number of possible CPUs and prints it.
void set_possible_cpus();

// NUMA node of the processor with this APIC id.
void set_apic_node(u32 apic_id, int node);
int apic_to_node(u32 apic_id);

// Same package, so same last-level cache.
bool cpus_share_cache(int a, int b);

void set_cpu_online(int cpu);
void set_node_online(int node);
void set_node_distance(int from, int to, u32 distance);
// A fixed physical APIC id below 256 reaches every CPU.
bool all_apic_ids_fit_xapic();

#pragma once

#include "guest/include/types.h"

// Filled from the MADT and the SRAT before the other processors run.

// The processor that runs this, before any table was read.
void register_boot_cpu(u32 apic_id);
// A processor of the MADT; numbers of enabled ones rise in the order of calls. One that is disabled
// may come later and counts as possible. Says so if there is no room for it.
void register_cpu(u32 apic_id, bool enabled);
bool boot_cpu_listed();  // by the MADT
// An enabled processor with this id was registered, or runs this.
bool apic_id_present(u32 apic_id);
// The largest id of the enabled ones, those without room left out.
u32 max_physical_apic_id();
// Fixes the number of possible CPUs and prints it.
void set_possible_cpus();
// Numbered, though perhaps not possible.
bool cpu_listed(int cpu);
// How many CPUs are to be started at most, the one that runs this included.
int most_cpus_to_start();

// NUMA node of the processor with this APIC id.
void set_apic_node(u32 apic_id, int node);
int apic_to_node(u32 apic_id);

// Same package, so same last-level cache.
bool cpus_share_cache(int a, int b);

void set_cpu_online(int cpu);
void set_node_online(int node);
void set_node_distance(int from, int to, u32 distance);

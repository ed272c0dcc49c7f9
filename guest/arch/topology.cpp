#include "guest/arch/topology.h"

#include "guest/arch/atomic.h"
#include "guest/arch/cpu.h"
#include "guest/arch/percpu.h"
#include "guest/kernel/cmdline.h"
#include "guest/kernel/messages.h"

int nr_cpu_ids = 1;
int nr_node_ids = 1;

namespace {

u32 apic_ids[kMaxCpus];
bool online[kMaxCpus];
int present_total = 1;
int disabled_total;
bool boot_listed;
int most_cpus = kMaxCpus;

// Nodes of processors by APIC id, as the SRAT lists them.
struct ApicNode {
  u32 apic_id;
  int node;
};
ApicNode apic_nodes[kMaxCpus];
int apic_node_total;

bool nodes_online[kMaxNodes];
u8 distances[kMaxNodes][kMaxNodes];

bool setup_nr_cpus(const char* value) {
  u64 number;
  if (value == nullptr || !parse_u64(value, &number) || number == 0) return false;
  most_cpus = static_cast<int>(min_of<u64>(number, kMaxCpus));
  return true;
}
KERNEL_PARAM(nr_cpus, "nr_cpus", setup_nr_cpus);

}  // namespace

void register_boot_cpu(u32 apic_id) {
  apic_ids[0] = apic_id;
  online[0] = true;
}

void register_cpu(u32 apic_id) {
  boot_listed |= apic_id == apic_ids[0];
  for (int cpu = 0; cpu < present_total; ++cpu) {
    if (apic_ids[cpu] == apic_id) return;
  }
  if (present_total >= most_cpus) {
    printk(msg::kTooManyCpus, most_cpus, present_total + disabled_total++, apic_id);
    return;
  }
  apic_ids[present_total++] = apic_id;
}

bool boot_cpu_listed() { return boot_listed; }
void count_disabled_cpu() { ++disabled_total; }

void set_possible_cpus() {
  int possible = present_total + disabled_total;
  if (possible > most_cpus) {
    printk(msg::kPossibleLimited, possible, most_cpus);
    possible = most_cpus;
  }
  nr_cpu_ids = possible;
  printk(msg::kAllowingCpus, possible, max_of(0, possible - present_total));
}

void set_apic_node(u32 apic_id, int node) {
  if (apic_node_total < kMaxCpus) apic_nodes[apic_node_total++] = {apic_id, node};
}

int apic_to_node(u32 apic_id) {
  for (int i = 0; i < apic_node_total; ++i) {
    if (apic_nodes[i].apic_id == apic_id) return apic_nodes[i].node;
  }
  return 0;
}

void set_cpu_online(int cpu) { write_once(online[cpu], true); }
bool cpu_online(int cpu) { return cpu >= 0 && cpu < nr_cpu_ids && read_once(online[cpu]); }
bool cpu_present(int cpu) { return cpu >= 0 && cpu < present_total; }
int num_possible_cpus() { return nr_cpu_ids; }

int num_online_cpus() {
  int total = 0;
  for (int cpu = 0; cpu < nr_cpu_ids; ++cpu) total += read_once(online[cpu]) ? 1 : 0;
  return total;
}

int cpu_to_node(int cpu) { return cpu_present(cpu) ? apic_to_node(apic_ids[cpu]) : 0; }
u32 cpu_physical_id(int cpu) { return apic_ids[cpu]; }

bool all_apic_ids_fit_xapic() {
  for (int cpu = 0; cpu < present_total; ++cpu) {
    if (apic_ids[cpu] >= 0xff) return false;
  }
  return true;
}

void set_node_online(int node) {
  nodes_online[node] = true;
  nr_node_ids = max_of(nr_node_ids, node + 1);
}

bool node_online(int node) { return node >= 0 && node < nr_node_ids && nodes_online[node]; }

int num_online_nodes() {
  int total = 0;
  for (int node = 0; node < nr_node_ids; ++node) total += nodes_online[node] ? 1 : 0;
  return total;
}

void set_node_distance(int from, int to, u32 distance) {
  distances[from][to] = static_cast<u8>(distance);
}

u32 node_distance(int from, int to) {
  const u32 known = distances[from][to];
  if (known != 0) return known;
  return from == to ? 10 : 20;  // LOCAL_DISTANCE, REMOTE_DISTANCE (ACPI §5.2.17)
}

// Leaf 0xB tells how far to shift an APIC id to leave the package's number (SDM Vol. 3 §8.9.3); a
// processor without it counts as one package.
bool cpus_share_cache(int a, int b) {
  static const u32 shift = [] {
    if (cpuid(0).eax < 0xb || (cpuid(0xb, 1).ebx & 0xffff) == 0) return 31u;
    return cpuid(0xb, 1).eax & 31;
  }();
  return apic_ids[a] >> shift == apic_ids[b] >> shift;
}

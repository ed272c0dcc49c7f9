#include "guest/arch/topology.h"

#include "guest/arch/atomic.h"
#include "guest/arch/cpu.h"
#include "guest/arch/ioapic.h"
#include "guest/arch/percpu.h"
#include "guest/kernel/cmdline.h"
#include "guest/kernel/messages.h"

int nr_cpu_ids = 1;
int nr_node_ids = 1;

namespace {

constexpr u32 kMostApicIds = 32768;  // MAX_LOCAL_APIC, asm/apicdef.h

u32 apic_ids[kMaxCpus];
bool online[kMaxCpus];
u64 ids_present[kMostApicIds / 64];
u32 largest_id;
int present_total = 1;  // the CPU that runs this has number 0, listed or not
int listed_total;
int disabled_total;
bool boot_listed;
int most_cpus = kMaxCpus;      // nr_cpus=
int possible_wanted = -1;      // possible_cpus=
int most_to_start = kMaxCpus;  // maxcpus=

// Nodes of processors by APIC id, as the SRAT lists them.
struct ApicNode {
  u32 apic_id;
  int node;
};
ApicNode apic_nodes[kMaxCpus];
int apic_node_total;

bool nodes_online[kMaxNodes];
u8 distances[kMaxNodes][kMaxNodes];

bool read_cpus(const char* value, int* cpus) {
  u64 number;
  if (value == nullptr || !parse_u64(value, &number)) return false;
  *cpus = static_cast<int>(min_of<u64>(number, kMaxCpus));
  return true;
}
bool setup_nr_cpus(const char* value) {
  int cpus;
  if (!read_cpus(value, &cpus) || cpus == 0) return false;
  most_cpus = cpus;
  return true;
}
bool setup_possible(const char* value) { return read_cpus(value, &possible_wanted); }
bool setup_nosmp(const char*) {
  most_to_start = 0;
  // arch_disable_smp_support(). Earlier releases drop the I/O APICs when they start CPUs.
  if (release::since(4, 15)) skip_io_apic_setup();
  return true;
}
bool setup_maxcpus(const char* value) {
  if (!read_cpus(value, &most_to_start)) return false;
  return most_to_start != 0 || setup_nosmp(nullptr);
}
KERNEL_PARAM(nr_cpus, "nr_cpus", setup_nr_cpus);
KERNEL_PARAM(possible_cpus, "possible_cpus", setup_possible);
KERNEL_PARAM(maxcpus, "maxcpus", setup_maxcpus);
KERNEL_PARAM(nosmp, "nosmp", setup_nosmp);

void note_present(u32 apic_id) {
  if (apic_id < kMostApicIds) ids_present[apic_id / 64] |= 1ull << (apic_id % 64);
  largest_id = max_of(largest_id, apic_id);
}

// No room: the text names the number that the processor would have had.
void ignore_cpu(const char* text, int number, u32 apic_id) {
  printk(text, most_cpus, number, apic_id);
  ++disabled_total;
}

}  // namespace

void register_boot_cpu(u32 apic_id) {
  apic_ids[0] = apic_id;
  online[0] = true;
}

// arch/x86/kernel/acpi/boot.c acpi_register_lapic(), arch/x86/kernel/apic/apic.c
// generic_processor_info().
void register_cpu(u32 apic_id, bool enabled) {
  if (apic_id >= kMostApicIds - 1) {
    printk(msg::kApicIdTooBig);
    return;
  }
  if (!enabled) {
    ++disabled_total;
    return;
  }
  if (apic_id_present(apic_id)) return;
  const bool is_boot = apic_id == apic_ids[0];
  if (!boot_listed && !is_boot && listed_total >= most_cpus - 1) {
    return ignore_cpu(msg::kKeepBootSlot, most_cpus + disabled_total - 1, apic_id);
  }
  if (listed_total >= most_cpus) {
    return ignore_cpu(msg::kTooManyCpus, most_cpus + disabled_total, apic_id);
  }
  ++listed_total;
  note_present(apic_id);
  boot_listed |= is_boot;
  if (!is_boot) apic_ids[present_total++] = apic_id;
}

bool boot_cpu_listed() { return boot_listed; }
u32 max_physical_apic_id() { return max_of(largest_id, apic_ids[0]); }
int most_cpus_to_start() { return most_to_start; }

bool apic_id_present(u32 apic_id) {
  return apic_id < kMostApicIds && (ids_present[apic_id / 64] >> (apic_id % 64) & 1) != 0;
}

// arch/x86/kernel/smpboot.c prefill_possible_map(). A machine whose tables list no processor, or
// not the one that runs, has this one.
void set_possible_cpus() {
  if (!boot_listed) note_present(apic_ids[0]);
  const int known = present_total + disabled_total;
  int possible = possible_wanted < 0 ? known : max_of(possible_wanted, 1);
  if (possible > most_cpus) {
    printk(msg::kPossibleLimited, possible, most_cpus);
    possible = most_cpus;
  }
  if (most_to_start == 0 && possible > 1) {
    printk(msg::kPossibleOverMax, possible, 0);
    possible = 1;
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
bool cpu_listed(int cpu) { return cpu >= 0 && cpu < present_total; }
bool cpu_present(int cpu) { return cpu_listed(cpu) && cpu < nr_cpu_ids; }
int num_possible_cpus() { return nr_cpu_ids; }

int num_online_cpus() {
  int total = 0;
  for (int cpu = 0; cpu < nr_cpu_ids; ++cpu) total += read_once(online[cpu]) ? 1 : 0;
  return total;
}

int cpu_to_node(int cpu) { return cpu_present(cpu) ? apic_to_node(apic_ids[cpu]) : 0; }
u32 cpu_physical_id(int cpu) { return apic_ids[cpu]; }

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

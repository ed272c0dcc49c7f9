#include "guest/arch/setup_percpu.h"

#include "guest/arch/cpu.h"
#include "guest/arch/msr.h"
#include "guest/arch/percpu.h"
#include "guest/arch/spinlock.h"
#include "guest/kernel/bug.h"
#include "guest/kernel/messages.h"
#include "guest/lib/string.h"
#include "guest/mm/layout.h"
#include "guest/mm/memblock.h"

extern "C" const char __per_cpu_load[], __per_cpu_end[];

namespace {

// 27 pages, in 3.2 28: static, 8 KiB reserved for modules (PERCPU_MODULE_RESERVE), the rest
// dynamic; in units of 128 KiB, sixteen to a 2 MiB page.
constexpr u64 kUnitSize = 0x20000;
constexpr u64 kUnitUsed = (release::is_3_2 ? 28 : 27) * kPageSize;
constexpr u64 kModuleReserve = 8192;

u64 static_size() { return reinterpret_cast<u64>(__per_cpu_end); }

// First fit over the dynamic part; a bit stands for 16 bytes.
constexpr u64 kGranule = 16;
constexpr u64 kMostGranules = kUnitSize / kGranule;
u8 granule_used[kMostGranules];
u16 allocation_length[kMostGranules];
SpinLock percpu_lock;

u64 round_up_power_of_two(u64 value) {
  u64 power = 1;
  while (power < value) power <<= 1;
  return power;
}

int cpus_of_node(int node) {
  int count = 0;
  for (int cpu = 0; cpu < nr_cpu_ids; ++cpu) count += cpu_to_node(cpu) == node ? 1 : 0;
  return count;
}

void fill_unit(int cpu, int node, u64 base) {
  char* unit = phys_to_virt<char>(base);
  memcpy(unit, __per_cpu_load, static_size());
  memset(unit + static_size(), 0, kUnitUsed - static_size());
  __per_cpu_offset[cpu] = kPageOffset + base;
  per_cpu(this_cpu_off, cpu) = kPageOffset + base;
  per_cpu(cpu_number, cpu) = static_cast<u32>(cpu);
  per_cpu(numa_node, cpu) = static_cast<u32>(node);
}

void fill_group(int node) {
  const int count = cpus_of_node(node);
  if (count == 0) return;
  const u64 size = round_up_power_of_two(static_cast<u64>(count) * kUnitSize);
  const u64 base = memblock_find(size, size, node, 0);
  if (base == 0) panic("cannot allocate the per-CPU areas of node %d\n", node);
  memblock_reserve(base, size);
  u64 next = base;
  for (int cpu = 0; cpu < nr_cpu_ids; ++cpu) {
    if (cpu_to_node(cpu) != node) continue;
    fill_unit(cpu, node, next);
    next += kUnitSize;
  }
}

bool fits(u64 first, u64 count) {
  for (u64 i = first; i < first + count; ++i) {
    if (granule_used[i] != 0) return false;
  }
  return true;
}

}  // namespace

u64 __per_cpu_offset[kMaxCpus];

__attribute__((section(".data..percpu..this_cpu_off"))) u64 this_cpu_off =
    reinterpret_cast<u64>(__per_cpu_load);
DEFINE_PER_CPU(u32, cpu_number);
DEFINE_PER_CPU(u32, numa_node);

void setup_per_cpu_areas() {
  printk(msg::kSetupPercpu, kMaxCpus, kMaxCpus, nr_cpu_ids, nr_node_ids);
  for (int node = 0; node < nr_node_ids; ++node) fill_group(node);
  u64 lowest = ~u64{0};
  for (int cpu = 0; cpu < nr_cpu_ids; ++cpu) lowest = min_of(lowest, __per_cpu_offset[cpu]);
  const u64 dynamic = kUnitUsed - static_size() - kModuleReserve;
  printk(msg::kPercpuEmbedded, kUnitUsed / kPageSize, reinterpret_cast<void*>(lowest),
         static_size(), kModuleReserve, dynamic, kUnitSize);
  wrmsr(kMsrGsBase, __per_cpu_offset[0]);
}

void* __alloc_percpu(size_t size, size_t align) {
  const u64 count = (size + kGranule - 1) / kGranule;
  if (count == 0 || align > kPageSize) return nullptr;
  SpinLockIrqGuard guard(percpu_lock);
  const u64 step = max_of<u64>(align / kGranule, 1);
  const u64 first =
      align_up(static_size() + kModuleReserve, max_of<u64>(align, kGranule)) / kGranule;
  for (u64 at = first; at + count <= kUnitUsed / kGranule; at += step) {
    if (!fits(at, count)) continue;
    memset(granule_used + at, 1, count);
    allocation_length[at] = static_cast<u16>(count);
    char* variable = reinterpret_cast<char*>(at * kGranule);
    for (int cpu = 0; cpu < nr_cpu_ids; ++cpu) memset(per_cpu_ptr(variable, cpu), 0, size);
    return variable;
  }
  return nullptr;
}

void free_percpu(void* variable) {
  if (variable == nullptr) return;
  SpinLockIrqGuard guard(percpu_lock);
  const u64 at = reinterpret_cast<u64>(variable) / kGranule;
  if (at >= kMostGranules) return;
  memset(granule_used + at, 0, allocation_length[at]);
  allocation_length[at] = 0;
}

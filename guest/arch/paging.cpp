#include "guest/arch/paging.h"

#include "guest/arch/cpu.h"
#include "guest/arch/msr.h"
#include "guest/arch/spinlock.h"
#include "guest/kernel/bug.h"
#include "guest/mm/kernel_map.h"
#include "guest/mm/layout.h"
#include "guest/mm/memblock.h"

namespace {

constexpr int kEntries = 512;
constexpr u64 kSize2M = 2u << 20;
constexpr u64 kSize1G = 1u << 30;
// While the direct map is being built only what the boot page tables cover can be written.
constexpr u64 kBootMapped = 1u << 30;

__attribute__((aligned(4096), section(".bss..page_aligned"))) u64 swapper_pml4[kEntries];
SpinLock map_lock;
u64 next_ioremap = kVmallocStart;
u64 early_limit = kBootMapped;

u64 early_page_table() { return memblock_alloc(kPageSize, kPageSize, kNoNode, early_limit); }
u64 (*page_table_source)() = early_page_table;

constexpr u64 kTableBits = kPtePresent | kPteWrite | kPteAccessed | kPteDirty;

int index_of(u64 virt, int level) { return static_cast<int>(virt >> (12 + 9 * level) & 511); }

// The table that `entry` points to, made where there is none; null if no memory is left or a large
// page is in the way.
u64* descend(u64* entry) {
  if ((*entry & kPtePresent) == 0) {
    const u64 page = page_table_source();
    if (page == 0) return nullptr;
    *entry = page | kTableBits;
  } else if ((*entry & kPtePse) != 0) {
    return nullptr;
  }
  return phys_to_virt<u64>(*entry & kPteAddressMask);
}

// The entry for `virt` in a table of `level` (0: 4K pages, 1: 2M, 2: 1G).
u64* find_entry(u64 virt, int level) {
  u64* table = swapper_pml4;
  for (int at = 3; at > level; --at) {
    table = descend(&table[index_of(virt, at)]);
    if (table == nullptr) return nullptr;
  }
  return &table[index_of(virt, level)];
}

bool map_one(u64 virt, u64 phys, int level, u64 prot) {
  u64* entry = find_entry(virt, level);
  if (entry == nullptr) return false;
  if ((*entry & kPtePresent) == 0) *entry = phys | prot | (level > 0 ? kPtePse : 0);
  return true;
}

int best_level(u64 virt, u64 phys, u64 size) {
  const u64 both = virt | phys;
  if (boot_cpu_data.gbpages && both % kSize1G == 0 && size >= kSize1G) return 2;
  if (both % kSize2M == 0 && size >= kSize2M) return 1;
  return 0;
}

bool map_range(u64 virt, u64 phys, u64 size, u64 prot) {
  while (size != 0) {
    const int level = best_level(virt, phys, size);
    if (!map_one(virt, phys, level, prot)) return false;
    const u64 step = kPageSize << (9 * level);
    virt += step;
    phys += step;
    size -= step;
  }
  return true;
}

void* map_somewhere(u64 phys, u64 size, u64 extra) {
  if (size == 0 || phys + size < phys) return nullptr;
  const u64 first = align_down(phys, kPageSize);
  const u64 length = align_up(phys + size, kPageSize) - first;
  u64 virt;
  {
    SpinLockIrqGuard guard(map_lock);
    virt = next_ioremap;
    next_ioremap += length + kPageSize;  // an absent page behind each
  }
  if (!kernel_map(virt, first, length, kernel_page_prot() | extra)) return nullptr;
  return reinterpret_cast<void*>(virt + (phys - first));
}

// Allocates the tables of the upper half's unused top entries, so that address spaces made later
// share everything by copying entries 256..511 once.
void fill_upper_half() {
  constexpr u64 kRegions[] = {kPageOffset, kVmallocStart, kVmemmapStart};
  for (const u64 start : kRegions) BUG_ON(descend(&swapper_pml4[index_of(start, 3)]) == nullptr);
}

}  // namespace

extern "C" const char _text[], _rodata[], _end[];

u64* kernel_pml4() { return swapper_pml4; }
u64 kernel_cr3() { return virt_to_phys(swapper_pml4); }
void set_page_table_source(u64 (*alloc)()) { page_table_source = alloc; }

u64 kernel_page_prot() {
  return kPtePresent | kPteWrite | kPteAccessed | kPteDirty | kPteGlobal |
         (boot_cpu_data.nx ? kPteNx : 0);
}

bool kernel_map(u64 virt, u64 phys, u64 size, u64 prot) {
  SpinLockIrqGuard guard(map_lock);
  return map_range(virt, phys, size, prot);
}

void* ioremap(u64 phys, u64 size) { return map_somewhere(phys, size, kPtePcd | kPtePwt); }
void* ioremap_cache(u64 phys, u64 size) { return map_somewhere(phys, size, 0); }

void init_memory_mapping() {
  // Text may be executed and read, everything else read and written; both begin at 2M boundaries.
  const u64 text = reinterpret_cast<u64>(_text);
  const u64 data = reinterpret_cast<u64>(_rodata);
  const u64 end = align_up(reinterpret_cast<u64>(_end), kSize2M);
  const u64 executable = kPtePresent | kPteAccessed | kPteDirty | kPteGlobal;
  bool mapped = map_range(text, text - kKernelMap, data - text, executable);
  mapped &= map_range(data, data - kKernelMap, end - data, kernel_page_prot());
  for (int i = 0; i < memblock_memory_count(); ++i) {
    const MemRange& range = memblock_memory(i);
    mapped &= map_range(kPageOffset + range.base, range.base, range.size, kernel_page_prot());
  }
  BUG_ON(!mapped);
  fill_upper_half();
  write_cr3(kernel_cr3());
  early_limit = 0;
}

void map_low_identity(u64 phys) {
  // Executable, for the few instructions of a processor between real mode and the kernel.
  BUG_ON(!kernel_map(phys, phys, kPageSize, kPtePresent | kPteWrite | kPteAccessed | kPteDirty));
}

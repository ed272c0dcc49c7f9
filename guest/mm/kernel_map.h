#pragma once

#include "guest/include/types.h"

// Page-table entry bits (SDM Vol. 3 §4.5, tables 4-14 to 4-19).
inline constexpr u64 kPtePresent = 1u << 0;
inline constexpr u64 kPteWrite = 1u << 1;
inline constexpr u64 kPteUser = 1u << 2;
inline constexpr u64 kPtePwt = 1u << 3;
inline constexpr u64 kPtePcd = 1u << 4;
inline constexpr u64 kPteAccessed = 1u << 5;
inline constexpr u64 kPteDirty = 1u << 6;
inline constexpr u64 kPtePse = 1u << 7;  // 2M or 1G page, in a directory entry
inline constexpr u64 kPteGlobal = 1u << 8;
inline constexpr u64 kPteNx = 1ull << 63;
inline constexpr u64 kPteAddressMask = 0x000ffffffffff000;

// Attributes of kernel data; NX only where the processor has it.
u64 kernel_page_prot();

// Maps [virt, virt + size) to [phys, phys + size) in the kernel's page tables with 4K pages, or 2M
// pages where both addresses and the size allow it. False if no page table could be had. Present
// entries are left alone; nothing needs flushing, as absent entries are not cached
// (SDM Vol. 3 §4.10.2.3). Any CPU sees it: the kernel half is shared by all address spaces that
// copy entries 256..511 of kernel_pml4(), which are all filled before the first of them is made.
bool kernel_map(u64 virt, u64 phys, u64 size, u64 prot);

// Device registers, uncached; or tables, cached. Null if nothing is free.
void* ioremap(u64 phys, u64 size);
void* ioremap_cache(u64 phys, u64 size);

u64* kernel_pml4();
u64 kernel_cr3();

// Where page tables come from; memblock until the page allocator sets its own. It returns the
// physical address of a cleared page, or 0.
void set_page_table_source(u64 (*alloc)());

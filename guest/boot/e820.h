#pragma once

#include "guest/include/types.h"

// The memory map of the firmware (ACPI §15, table 15-374).
enum E820Type : u32 { kRam = 1, kReserved = 2, kAcpiData = 3, kAcpiNvs = 4, kUnusable = 5 };

struct E820Entry {
  u64 address;
  u64 size;
  u32 type;
};

// Sorted by address; entries of size 0 and those that wrap around are dropped.
void e820_add(u64 address, u64 size, u32 type);
void e820_print();
// Hands the RAM over to memblock; pages only, what is no whole page is lost.
void e820_fill_memblock();
// Takes what PCs keep for themselves: the first page, and what lies between 640 KiB and 1 MiB.
void e820_trim_bios_range();
// Says where the memory ends.
void e820_print_end();

int e820_count();
const E820Entry& e820_entry(int index);
// True if all of the range lies in entries of this type.
bool e820_all_mapped(u64 start, u64 end, u32 type);
// True if some of the range lies in entries of this type.
bool e820_any_mapped(u64 start, u64 end, u32 type);

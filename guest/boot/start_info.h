#pragma once

#include "guest/include/types.h"

// Xen public header arch-x86/hvm/start_info.h: what the loader of a PVH kernel hands over in EBX.
struct HvmStartInfo {
  u32 magic;
  u32 version;
  u32 flags;
  u32 module_count;
  u64 module_list;
  u64 command_line;
  u64 rsdp;
  // version 1:
  u64 memory_map;
  u32 memory_map_entries;
  u32 reserved;
};
inline constexpr u32 kHvmStartMagic = 0x336ec578;

struct HvmModule {
  u64 address;
  u64 size;
  u64 command_line;
  u64 reserved;
};

struct HvmMemoryMapEntry {
  u64 address;
  u64 size;
  u32 type;  // as E820: ACPI §15
  u32 reserved;
};

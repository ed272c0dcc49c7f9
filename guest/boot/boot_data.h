#pragma once

#include "guest/include/types.h"

// What the loader said, copied out of its memory.
struct BootData {
  u64 rsdp;  // physical address; 0: look for it
  u64 initrd_phys;
  u64 initrd_size;
  char command_line[2048];
};
const BootData& boot_data();

// False if there is no start info at that physical address. Fills boot_data() and the E820 map.
bool read_start_info(u64 physical);
void drop_initrd();

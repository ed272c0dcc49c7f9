#include "guest/boot/start_info.h"

#include "guest/boot/boot_data.h"
#include "guest/boot/e820.h"
#include "guest/boot/start_kernel.h"
#include "guest/kernel/printk.h"
#include "guest/lib/string.h"
#include "guest/mm/layout.h"

namespace {

BootData boot;

void read_memory_map(const HvmStartInfo& info) {
  if (info.version < 1 || info.memory_map == 0) return;
  const auto* map = phys_to_virt<const HvmMemoryMapEntry>(info.memory_map);
  for (u32 i = 0; i < info.memory_map_entries; ++i)
    e820_add(map[i].address, map[i].size, map[i].type);
}

void read_modules(const HvmStartInfo& info) {
  if (info.module_count == 0 || info.module_list == 0) return;
  const auto* first = phys_to_virt<const HvmModule>(info.module_list);
  boot.initrd_phys = first->address;
  boot.initrd_size = first->size;
}

}  // namespace

const BootData& boot_data() { return boot; }
void drop_initrd() { boot.initrd_size = 0; }

const Initrd& boot_initrd() {
  static Initrd initrd;
  initrd.size = boot.initrd_size;
  initrd.data = boot.initrd_size == 0 ? nullptr : phys_to_virt<const char>(boot.initrd_phys);
  return initrd;
}

bool read_start_info(u64 physical) {
  const auto* info = phys_to_virt<const HvmStartInfo>(physical);
  if (info->magic != kHvmStartMagic) return false;
  boot.rsdp = info->rsdp;
  if (info->command_line != 0)
    strlcpy(boot.command_line, phys_to_virt<const char>(info->command_line),
            sizeof(boot.command_line));
  read_memory_map(*info);
  read_modules(*info);
  return true;
}

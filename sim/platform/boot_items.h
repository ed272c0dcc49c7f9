#pragma once

#include "sim/platform/loader.h"
#include "sim/platform/platform.h"

namespace apicsim {

/// Tells the machine's configuration device, if it has one, what was booted, under the keys where
/// QEMU's -kernel leaves it for its boot ROMs (hw/i386/multiboot.c, x86.c).
void add_boot_items(Platform& platform, const BootImage& image, const BootRequest& request,
                    const BootEntry& entry);

}  // namespace apicsim

#pragma once

#include <cstdint>
#include <optional>

#include "models/memory/physical_memory.h"
#include "sim/inspect/elf_image.h"

namespace apicsim {

/// The taint flags of a guest kernel (its 64-bit variable `tainted`, as /proc/sys/kernel/tainted
/// shows it); nullopt for an image without such a variable in memory.
std::optional<std::uint64_t> kernel_taint(const ElfImage& image, const PhysicalMemory& memory);

}  // namespace apicsim

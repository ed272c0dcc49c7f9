#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/firmware/placement.h"

namespace apicsim {

/// A range of the PVH memory map; the types are those of E820.
struct PvhMemoryRange {
  std::uint64_t base = 0;
  std::uint64_t size = 0;
  std::uint32_t type = 1;
};

struct PvhModule {
  std::uint64_t address = 0;
  std::uint64_t size = 0;
  std::string command_line;  ///< empty: none
};

/// What a PVH loader tells the kernel: struct hvm_start_info of version 1, Xen's
/// public/arch-x86/hvm/start_info.h.
struct PvhDescription {
  std::uint64_t rsdp_address = 0;
  std::string command_line;
  std::vector<PvhModule> modules;
  std::vector<PvhMemoryRange> memory_map;
};

/// Start information with all that it points to in one block from `address`, which is 8-byte
/// aligned and below 4 GiB; the kernel gets `address` in EBX. Throws FirmwareError otherwise.
FirmwareBlob build_pvh_start_info(const PvhDescription& pvh, std::uint64_t address);

}  // namespace apicsim

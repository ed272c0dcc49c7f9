#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/firmware/placement.h"

namespace apicsim {

/// A range of the memory map; the types are those of E820.
struct MultibootMemoryRange {
  std::uint64_t base = 0;
  std::uint64_t size = 0;
  std::uint32_t type = 1;
};

struct MultibootModule {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;  ///< behind the last byte
  std::string command_line;
};

/// What a boot loader tells an image: Multiboot Specification 0.6.96 §3.3.
struct MultibootDescription {
  std::string command_line;
  std::string loader_name;
  std::vector<MultibootModule> modules;
  std::vector<MultibootMemoryRange> memory_map;
};

/// Where its parts lie. Addresses of `info` and `memory_map` are the caller's; `lists` is where the
/// modules' list, and behind it all strings, go.
struct MultibootPlaces {
  std::uint32_t info = 0;
  std::uint32_t memory_map = 0;
  std::uint32_t lists = 0;
};

/// The information structure, the memory map and the lists as bytes, in this order. The image gets
/// the address of the first in EBX and `multiboot_loader_magic` in EAX.
///
/// Field by field as QEMU's loader fills them where the specification leaves it open
/// (hw/i386/multiboot.c, pc-bios/optionrom/multiboot.S): memory sizes, boot device 0x80FFFFFF as
/// the word 0x8000FFFF, command line, modules, memory map, loader name.
std::vector<FirmwareBlob> build_multiboot_information(const MultibootDescription& description,
                                                      const MultibootPlaces& places);

/// Bytes that the lists take: 16 per module, then every string with its zero.
std::uint32_t multiboot_lists_size(const MultibootDescription& description);

inline constexpr std::uint32_t multiboot_loader_magic = 0x2BADB002;

}  // namespace apicsim

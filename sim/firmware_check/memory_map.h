#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace apicsim {

/// A range of the memory map that firmware reports. ACPI §15.
struct FirmwareMemoryRange {
  std::uint64_t base = 0;
  std::uint64_t last = 0;  ///< last byte
  std::string type;        ///< "ram", "reserved", "acpi", "nvs", "unusable"
};

/// Ascending, as reported; empty when it is not known.
using FirmwareMemoryMap = std::vector<FirmwareMemoryRange>;

/// Reads the map from a kernel's log, in the forms of Linux 2.6 to now:
///
///     BIOS-e820: 0000000000000000 - 000000000009fc00 (usable)
///     BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable
///
/// Throws FirmwareError when the file cannot be read or has no such line.
FirmwareMemoryMap read_memory_map(const std::string& path);
FirmwareMemoryMap parse_memory_map(const std::string& text);

/// Is every byte of base..last of one of these types? `types` are separated by blanks.
bool is_covered(const FirmwareMemoryMap& map, std::uint64_t base, std::uint64_t last,
                const std::string& types);
/// Does any byte of base..last have the type?
bool touches(const FirmwareMemoryMap& map, std::uint64_t base, std::uint64_t last,
             const std::string& type);

}  // namespace apicsim

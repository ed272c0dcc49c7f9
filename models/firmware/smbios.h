#pragma once

#include "models/firmware/acpi_description.h"
#include "models/firmware/smbios_description.h"

namespace apicsim {

/// The structure table: types 0, 1, 2, 3, 4, 16, 17, 19, 32, 127 (DMTF DSP0134 §7) and how many
/// structures it has and how long the longest of them is.
struct SmbiosTable {
  Bytes bytes;
  std::uint16_t structures = 0;
  std::uint16_t longest = 0;
};
SmbiosTable build_smbios_table(const SmbiosDescription& smbios);

/// The 31-byte entry point of SMBIOS 2.1 to 2.8 (DSP0134 §5.2.1) with both checksums.
Bytes build_smbios_entry(const SmbiosDescription& smbios, const SmbiosTable& table);

}  // namespace apicsim

#pragma once

#include <string>

#include "sim/firmware_check/decoded_table.h"

namespace apicsim {

/// Signatures under which SMBIOS comes: its entry point of 32 or 64 bits (DSP0134 §5.2), and the
/// structure table, which has none of its own.
inline constexpr const char* smbios_entry32 = "_SM_";
inline constexpr const char* smbios_entry64 = "_SM3_";
inline constexpr const char* smbios_structures = "SMBIOS";

bool is_smbios_signature(const std::string& signature);

/// Decodes an entry point or a structure table into `table.root`: the vendor, version, product and
/// date strings, and type and handle of every structure. Never reads beyond the bytes.
void decode_smbios(DecodedTable& table);

}  // namespace apicsim

#pragma once

#include "sim/firmware_check/layout.h"

namespace apicsim {

/// VT-d §8.2: types of remapping structures.
inline constexpr std::uint32_t dmar_drhd = 0, dmar_rmrr = 1, dmar_atsr = 2, dmar_rhsa = 3,
                               dmar_andd = 4, dmar_satc = 5, dmar_sidp = 6;

/// VT-d §8.3.1: a device scope before its path.
inline constexpr std::size_t dmar_scope_fixed = 6;
inline constexpr std::uint64_t scope_endpoint = 1, scope_bridge = 2, scope_io_apic = 3,
                               scope_hpet = 4, scope_acpi = 5;

extern const TableLayout dmar_layout;

bool has_device_scopes(std::uint32_t type);

/// Decodes the device scopes behind the `fixed` bytes of a remapping structure into its parts.
void decode_device_scopes(const Bytes& table, std::size_t fixed, DecodedStructure& out);

}  // namespace apicsim

#pragma once

#include "sim/firmware_check/layout.h"

namespace apicsim {

/// ACPI §5.2.16: types of affinity structures.
inline constexpr std::uint32_t srat_local_apic = 0, srat_memory = 1, srat_x2apic = 2,
                               srat_initiator = 5;

extern const FieldList acpi_header_fields;
extern const TableLayout fadt_layout, hpet_layout, mcfg_layout, srat_layout, slit_layout,
    spcr_layout, rsdt_layout, xsdt_layout, rsdp_layout, facs_layout;

}  // namespace apicsim

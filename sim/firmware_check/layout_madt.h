#pragma once

#include "sim/firmware_check/layout.h"

namespace apicsim {

/// ACPI §5.2.12, table 5-46: types of interrupt controller structures.
inline constexpr std::uint32_t madt_local_apic = 0, madt_io_apic = 1, madt_override = 2,
                               madt_nmi_source = 3, madt_local_nmi = 4, madt_address = 5,
                               madt_io_sapic = 6, madt_local_sapic = 7, madt_platform = 8,
                               madt_x2apic = 9, madt_x2apic_nmi = 10, madt_wake_up = 16;

extern const TableLayout madt_layout;

}  // namespace apicsim

#pragma once

#include "guest/acpi/tables.h"
#include "guest/include/types.h"

// Finds the root pointer (start info, else the BIOS area), maps and lists all tables. False: no
// ACPI.
bool acpi_table_init();
// Tests the checksums, if the release does so only now that memory is there.
void acpi_verify_tables();

// The nth table with that signature, or null. Mapped for good.
const AcpiHeader* acpi_find_table(const char* signature, int nth = 0);

// Calls visit for every sub-table of [first, end of table) that lies inside it with a sensible
// length.
void acpi_for_each_subtable(const AcpiHeader& table, size_t first,
                            void (*visit)(const SubtableHeader& entry, void* context),
                            void* context);

// The stages in which the kernel reads the tables, in the order of a boot.
void acpi_boot_table_early();  // the local APIC's address
void acpi_numa_init();         // SRAT, SLIT; a single node without
void acpi_boot_init();         // FADT, MADT, HPET

// What was found there.
u64 acpi_local_apic_address();
bool acpi_has_local_apics();
u16 acpi_pm_timer_port();  // 0: none
bool acpi_pm_timer_32bit();
bool acpi_enabled();

// The physical address and length of the DSDT's AML code; null if there is none.
const AcpiHeader* acpi_dsdt();
const AcpiFadt* acpi_fadt();

// Enters S5; returns if the firmware does not say how.
void acpi_power_off();

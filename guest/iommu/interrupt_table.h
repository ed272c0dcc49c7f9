#pragma once

#include "guest/include/types.h"

// The interrupt-remapping tables, one per unit (VT-d §9.10).

bool allocate_interrupt_table(int unit);
// What IRTA_REG is to hold for the unit's table (VT-d §10.4.29).
u64 interrupt_table_register(int unit, bool extended);

// intremap=nosid has not been given.
bool remapping_checks_sources();

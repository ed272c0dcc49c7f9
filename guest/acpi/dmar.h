#pragma once

#include "guest/include/types.h"

// Looks at the DMAR table early and warns of units that cannot be.
void dmar_detect();
// Reads it in full, with the units' registers. False if there is none, or it is no use.
bool dmar_table_init();
// Lists the I/O APICs and HPETs in the scopes of the units that can remap their interrupts, and the
// I/O APICs that are in none.
void dmar_list_interrupt_sources();
// The firmware asks that x2APIC stay off, and the command line does not overrule it.
bool dmar_x2apic_optout();

#pragma once

#include "guest/include/types.h"

// A remapping unit as the table and its registers describe it.
struct DmarUnit {
  u64 base;
  volatile u8* registers;
  u64 cap, ecap;
};

// Whose interrupts a unit sees: an I/O APIC or HPET of its scopes.
struct DmarSource {
  int unit;
  u16 requester;  // bus << 8 | device << 3 | function
};

// Looks at the DMAR table early and warns of units that cannot be.
void dmar_detect();
// Reads it in full, with the units' registers. False if there is none, or it is no use.
bool dmar_table_init();

int dmar_unit_count();
const DmarUnit& dmar_unit(int index);

// The table says that interrupts can be remapped.
bool dmar_remaps_interrupts();
// The firmware asks that x2APIC stay off.
bool dmar_x2apic_optout();

// Lists the I/O APICs and HPETs in the scopes of the units that can remap their interrupts.
void dmar_list_interrupt_sources();
// After that: where an I/O APIC or HPET with this id is. False if it is in no scope.
bool dmar_find_io_apic(u8 id, DmarSource* source);
bool dmar_find_hpet(u8 id, DmarSource* source);

// The unit that a PCI function of segment 0 is under; -1 if none is.
int dmar_unit_of(u8 bus, u8 device, u8 function);

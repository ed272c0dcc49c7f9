#pragma once

#include "guest/include/types.h"

struct DmarDrhd;
struct DmarRmrr;
struct DmarAtsr;

// A PCI function that a device scope names (VT-d §8.3.1), once it has been found.
struct DmarDevice {
  bool found;
  u16 requester;  // bus << 8 | device << 3 | function
};
// One place for each endpoint, bridge or namespace device of a structure's scopes.
struct DmarDevices {
  DmarDevice* entries;
  int count;
};

// A remapping unit as the table and its registers describe it.
struct DmarUnit {
  u64 base;
  volatile u8* registers;
  u64 cap, ecap;
  u64 size;  // of the registers, in bytes
  const DmarDrhd* structure;
  u16 segment;
  bool include_all;
  bool ignored;  // not for DMA remapping: no address width that this kernel can use
  int agaw;      // table levels less 2 of the default width; -1 if there are none
  int msagaw;    // the same of the largest width
  DmarDevices devices;
};

// A memory region that devices use by themselves (VT-d §8.4).
struct DmarReserved {
  u64 base, limit;
  u16 segment;
  const DmarRmrr* structure;
  DmarDevices devices;
};
// Root ports with address translation services (VT-d §8.5).
struct DmarRootPorts {
  u16 segment;
  bool all;
  const DmarAtsr* structure;
  DmarDevices devices;
};

// Whose interrupts a unit sees: an I/O APIC or HPET of its scopes.
struct DmarSource {
  int unit;
  u16 requester;  // bus << 8 | device << 3 | function
};

// Looks at the DMAR table early and warns of units that cannot be (Linux: detect_intel_iommu()).
void dmar_detect();
// What that said: there is a table, and its units are plausible. Without it there is no DMA
// remapping.
bool dmar_detected();
// Reads it in full, with the units' registers, and says what it holds; once. False if there is none
// or it is no use, also when asked again; 3.2 and 3.13 forget that.
bool dmar_table_init();
// Finds the PCI functions that the scopes name, once; they have been enumerated. 0 or a negative
// error. Does not return from a table that Linux does not return from.
int dmar_dev_scope_init();

int dmar_unit_count();
const DmarUnit& dmar_unit(int index);
// The order in which Linux goes through the units: the latest first, those with INCLUDE_PCI_ALL
// behind the others. The index of the unit at this position.
int dmar_position(int position);

// In Linux's order: the latest first.
int dmar_rmrr_count();
const DmarReserved& dmar_rmrr(int index);
int dmar_atsr_count();
const DmarRootPorts& dmar_atsr(int index);
int dmar_satc_count();

// The table says that interrupts can be remapped.
bool dmar_remaps_interrupts();
// The firmware asks that x2APIC stay off.
bool dmar_x2apic_optout();
// The firmware asks that DMA be remapped (VT-d §8.1, DMA_CTRL_PLATFORM_OPT_IN_FLAG).
bool dmar_platform_optin();

// Lists the I/O APICs and HPETs in the scopes of the units that can remap their interrupts. False
// if there are more than this kernel has room for.
bool dmar_list_interrupt_sources();
// After that: where an I/O APIC or HPET with this id is. False if it is in no scope.
bool dmar_find_io_apic(u8 id, DmarSource* source);
bool dmar_find_hpet(u8 id, DmarSource* source);

// The unit that a PCI function of segment 0 is under; -1 if none is.
int dmar_unit_of(u8 bus, u8 device, u8 function);

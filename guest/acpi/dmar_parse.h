#pragma once

#include "guest/acpi/dmar.h"
#include "guest/acpi/dmar_tables.h"
#include "guest/kernel/release.h"

// What the reading of the DMAR table consists of. Negative errors are Linux's.

// Prints what a structure is, as far as Linux does before it looks into it.
void dmar_print_structure(const DmarStructure& s);

int dmar_parse_drhd(const DmarDrhd& drhd);
int dmar_parse_rmrr(const DmarRmrr& rmrr);
int dmar_parse_atsr(const DmarAtsr& atsr);
int dmar_parse_rhsa(const DmarRhsa& rhsa);
int dmar_parse_andd(const DmarAndd& andd);
int dmar_parse_satc(const DmarSatc& satc);

// alloc_iommu(): the unit at unit.base comes to life.
int dmar_bring_up_unit(DmarUnit* unit, int number);
// The base is 0, or nothing answers there; said once.
void dmar_warn_invalid_unit(u64 base, const char* what);
// False if nothing answers at the base (CAP and ECAP are all ones).
bool dmar_unit_answers(u64 base);

// Says that the firmware is broken, as the release does: with a call trace or without; and taints.
void dmar_firmware_bug(const char* file, int line, const char* format, ...)
    __attribute__((format(printf, 3, 4)));

// The scopes are read with the structures since 3.15; before that, when devices are looked for.
inline constexpr bool kScopesWithStructures = release::since(3, 15);

// Room for the functions that the scopes between `start` and `end` name; no entries if there is
// none left. Linux trusts the lengths.
DmarDevices dmar_alloc_devices(const void* start, const void* end);

// The same in a structure whose fields T describes.
template <typename T>
DmarDevices dmar_alloc_devices_of(const T& structure) {
  return dmar_alloc_devices(&structure + 1,
                            reinterpret_cast<const u8*>(&structure) + structure.header.length);
}

// What holds scopes, for those that fill in the devices.
DmarUnit& dmar_unit_to_fill(int index);
DmarReserved& dmar_rmrr_to_fill(int index);
DmarRootPorts& dmar_atsr_to_fill(int index);

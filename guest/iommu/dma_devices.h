#pragma once

#include "guest/acpi/dmar.h"
#include "guest/drivers/pci.h"
#include "guest/iommu/context_tables.h"

// What DMA remapping knows of each PCI function.
struct DmaDevice {
  DmaDomain* domain;   // null: none yet
  u64 mask;            // the addresses that the device can send
  int group;           // -1: none
  int unit;            // that the tables name for it, once that has been asked for; -1: none yet
  bool bypassed;       // under a unit that is left off: physical addresses
  bool device_tlb;     // it keeps translations itself
  bool pasids;         // it may name an address space
  bool page_requests;  // it asks for missing pages
};

DmaDevice& dma_device(const PciFunction& f);
// The unit above a function, unless that unit is left off; -1 if there is none.
int active_unit_of(const PciFunction& f);
template <typename Visit>
void for_each_function(Visit visit) {
  for (int i = 0; i < pci_function_count(); ++i) visit(pci_function(i));
}

// The functions that scopes of the DMAR table name, as far as they exist.
template <typename Visit>
void for_each_named(const DmarDevices& devices, Visit visit) {
  for (int i = 0; i < devices.count; ++i) {
    for_each_function([&](const PciFunction& f) {
      if (devices.entries[i].found && f.requester() == devices.entries[i].requester) visit(f);
    });
  }
}

bool is_graphics(const PciFunction& f);
// A reserved region names the function.
bool has_reserved_region(const PciFunction& f);

// Units whose devices do not exist, or must not be mapped, are left off
// (drivers/iommu/intel-iommu.c init_no_remapping_devices()).
void leave_units_off();
bool unit_left_off(int unit);

// Lets every source id of the function through the domain. False, with nothing said, if no unit has
// it or memory is short.
bool attach_function(const PciFunction& f, DmaDomain* domain, Translation translation);
// Takes the function's entries out again.
void detach_function(const PciFunction& f);

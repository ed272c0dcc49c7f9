#pragma once

#include "guest/drivers/pci.h"

// Which functions cannot be kept apart from each other (drivers/iommu/iommu.c pci_device_group()).

// Puts a function into its group, a new one if need be, and says so. Functions come in the order in
// which they were found.
int join_iommu_group(const PciFunction& f);
// Root and downstream ports keep requests between their functions from going past the unit.
void enable_access_control();

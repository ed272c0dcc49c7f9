#pragma once

// DMA remapping by VT-d units as the release sets it up (3.2 to 4.12: drivers/iommu/intel-iommu.c,
// 6.1: drivers/iommu/intel/iommu.c).

// What the release's core says before there are drivers (6.1 drivers/iommu/iommu.c
// iommu_subsys_init()).
void iommu_subsys_init();
// After the PCI functions have been found: reads the tables unless that is done, and switches
// translation on where the command line and the release want it.
void intel_iommu_init();
bool intel_iommu_enabled();

#pragma once

#include "guest/iommu/dma_domain.h"

struct PciFunction;

// Functions that keep translations themselves (PCIe §10, ATS) and ask for pages (PRI).

// Switches on what the function, its unit and the ATSR structures allow: PASID, page requests, then
// translation services, in this order (drivers/iommu/intel: iommu_enable_pci_caps()). Nothing is
// done twice.
void enable_device_tlb(const PciFunction& f, int unit);
bool has_device_tlb(const PciFunction& f);
bool has_pasids(const PciFunction& f);
bool has_page_requests(const PciFunction& f);

// Makes the functions of a domain forget pages.
void flush_device_tlbs(const DmaDomain& domain, int unit, u64 pfn, u64 pages);

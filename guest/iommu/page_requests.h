#pragma once

#include "guest/drivers/pci.h"

// Page requests (VT-d §7.4): a device that finds a page missing asks for it and waits for the
// answer. 6.1 serves them on units with scalable mode (drivers/iommu/intel/svm.c).

// Gives a unit its queue and event where it and the release have page requests.
void enable_page_requests(int unit);

// Lets a function use a process's address space under a PASID: `pages` pages from `address` on,
// which come into being when they are asked for. 0, -ENODEV where function or unit have no PASIDs
// or page requests, -EINVAL, -EBUSY when the PASID is in use, -ENOMEM.
long bind_pasid(const PciFunction& f, u32 pasid, u64 address, u64 pages);

struct PageRequestCounts {
  u64 served, refused;
};
PageRequestCounts page_request_counts();

#include "guest/iommu/device_tlb.h"

#include "guest/iommu/dma_devices.h"
#include "guest/iommu/queued_invalidation.h"
#include "guest/iommu/vtd_registers.h"

namespace {

// PCIe §10.5.1, §10.5.2, §7.8.9: control registers behind the capability's header.
constexpr u16 kAtsControl = 6, kPriControl = 4, kPriAllocation = 12, kPasidControl = 6;
constexpr u16 kAtsEnable = 1u << 15, kPriEnable = 1u << 0, kPasidEnable = 1u << 0;
constexpr u32 kOutstanding = 32;  // PRQ_DEPTH

// Device-TLB descriptor (VT-d §6.5.2.5).
constexpr u64 kTypeDeviceTlb = 3, kManyPages = 1;
constexpr int kSourceShift = 32;

// dmar_find_matched_atsr_unit(): integrated endpoints may, others below a root port that is listed.
bool services_allowed(const PciFunction& f) {
  const PciFunction* port = f.above;
  if (port == nullptr) return true;
  while (port->above != nullptr) port = port->above;
  if (pcie_type(*port) != PcieType::root_port) return false;
  bool allowed = false;
  for (int i = 0; i < dmar_atsr_count(); ++i) {
    allowed = allowed || dmar_atsr(i).all;
    for_each_named(dmar_atsr(i).devices,
                   [&](const PciFunction& other) { allowed = allowed || &other == port; });
  }
  return allowed;
}

void enable_at(const PciFunction& f, u16 capability, u16 control, u16 value) {
  const u16 at = static_cast<u16>(capability + control);
  pci_write16(f, at, pci_read16(f, at) | value);
}

void enable_requests(const PciFunction& f, u16 capability) {
  pci_write32(f, static_cast<u16>(capability + kPriAllocation), kOutstanding);
  enable_at(f, capability, kPriControl, kPriEnable);
}

}  // namespace

void enable_device_tlb(const PciFunction& f, int unit) {
  DmaDevice& device = dma_device(f);
  const u64 ecap = dmar_unit(unit).ecap;
  if (device.device_tlb || (ecap & kEcapDeviceTlb) == 0 || !has_invalidation_queue(unit)) return;
  const u16 services = pci_find_extended_capability(f, kPciExtendedAts);
  if (services == 0 || !services_allowed(f)) return;
  const u16 pasids = pci_find_extended_capability(f, kPciExtendedPasid);
  const u16 requests = pci_find_extended_capability(f, kPciExtendedPri);
  if (unit_is_scalable(unit) && pasids != 0 && (ecap & kEcapPasid) != 0) {
    enable_at(f, pasids, kPasidControl, kPasidEnable);
    device.pasids = true;
  }
  if (unit_is_scalable(unit) && requests != 0 && (ecap & kEcapPageRequests) != 0) {
    enable_requests(f, requests);
    device.page_requests = true;
  }
  enable_at(f, services, kAtsControl, kAtsEnable);
  device.device_tlb = true;
}

bool has_device_tlb(const PciFunction& f) { return dma_device(f).device_tlb; }
bool has_pasids(const PciFunction& f) { return dma_device(f).pasids; }
bool has_page_requests(const PciFunction& f) { return dma_device(f).page_requests; }

void flush_device_tlbs(const DmaDomain& domain, int unit, u64 pfn, u64 pages) {
  const u32 order = order_of(pages);
  // The number of low bits that are set says how many pages it is (PCIe §10.3.3).
  u64 address = pfn << kPageShift & ~((u64{1} << (kPageShift + order - 1)) * 2 - 1);
  if (order > 0) address |= ((u64{1} << (order - 1)) - 1) << kPageShift | kManyPages;
  for_each_function([&](const PciFunction& f) {
    if (!dma_device(f).device_tlb || dma_device(f).domain != &domain) return;
    submit_invalidation(
        unit, {kTypeDeviceTlb | static_cast<u64>(f.requester()) << kSourceShift, address});
  });
}

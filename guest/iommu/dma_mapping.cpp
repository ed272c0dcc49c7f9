#include "guest/iommu/dma_mapping.h"

#include "guest/iommu/dma_policy.h"
#include "guest/iommu/intel_iommu.h"
#include "guest/iommu/iommu_options.h"
#include "guest/iommu/messages.h"
#include "guest/iommu/unmap_queue.h"
#include "guest/iommu/vtd_registers.h"
#include "guest/lib/string.h"
#include "guest/mm/layout.h"
#include "guest/mm/page_alloc.h"

namespace {

constexpr u64 k32Bits = 0xffffffff;

u64 pages_of(u64 physical, size_t size) {
  return ((physical & (kPageSize - 1)) + size + kPageSize - 1) / kPageSize;
}

// iommu_no_mapping(): a device in the identity domain stays there if it reaches all memory, else it
// leaves.
bool stays_physical(const PciFunction& f) {
  DmaDevice& device = dma_device(f);
  if (device.bypassed) return true;
  if (device.domain == nullptr || !device.domain->identity) return false;
  if (may_keep_identity(f)) return true;
  detach_function(f);
  printk(msg::kLeavesIdentity, f.bus, f.device, f.function);
  return false;
}

// The device's domain, made now where the release makes it with the first mapping.
DmaDomain* valid_domain(const PciFunction& f) {
  DmaDevice& device = dma_device(f);
  if (device.domain != nullptr) return device.domain;
  if (release::since(6, 1)) return nullptr;
  DmaDomain* domain = domain_for(f);
  if (domain != nullptr && attach_function(f, domain, Translation::tables)) return domain;
  printk(msg::kDomainFailed, f.bus, f.device, f.function);
  return nullptr;
}

// Below 4 GiB first, which conventional devices reach in one cycle.
Iova* find_addresses(const PciFunction& f, DmaDomain* domain, u64 pages) {
  u64 mask = dma_device(f).mask;
  const u64 width_mask = (u64{1} << domain->width) - 1;
  if (mask > width_mask) mask = width_mask;
  Iova* range = nullptr;
  if (!iommu_options().force_dac && mask > k32Bits)
    range = iova_alloc(&domain->space, pages, kIova32BitLimit);
  if (range == nullptr) range = iova_alloc(&domain->space, pages, mask >> kPageShift);
  if (range == nullptr && !release::since(6, 1))
    printk(msg::kIovaFailed, static_cast<long>(pages), f.bus, f.device, f.function);
  return range;
}

// A unit without ZLR refuses even reads of no bytes from what may only be written.
unsigned access_for(int unit, DmaDirection direction) {
  unsigned access = 0;
  const bool reads = direction != DmaDirection::from_device;
  if (reads || (!release::since(6, 1) && (dmar_unit(unit).cap & kCapZeroLengthRead) == 0))
    access |= kDmaRead;
  if (direction != DmaDirection::to_device) access |= kDmaWrite;
  return access;
}

void flush_new_mapping(DmaDomain* domain, int unit, const Iova& range) {
  if ((dmar_unit(unit).cap & kCapCachingMode) != 0)
    dma_domain_flush_pages(*domain, unit, range.low, range.high - range.low + 1, false);
  else
    flush_write_buffer(unit);
}

u64 map_failed(const PciFunction& f, u64 physical, size_t size, DmaDirection direction) {
  if (!release::since(6, 1))
    printk(msg::kMapFailed, f.bus, f.device, f.function, size,
           static_cast<unsigned long long>(physical), static_cast<int>(direction));
  return kDmaMappingError;
}

u64 map_physical(const PciFunction& f, u64 physical, size_t size, DmaDirection direction) {
  if (!intel_iommu_enabled() || stays_physical(f)) return physical;
  // 6.1: a function under no unit is in no group and uses physical addresses.
  if (release::since(6, 1) && dma_device(f).domain == nullptr) return physical;
  DmaDomain* domain = valid_domain(f);
  if (domain == nullptr) return kDmaMappingError;
  const u64 pages = pages_of(physical, size);
  Iova* range = find_addresses(f, domain, pages);
  if (range == nullptr) return map_failed(f, physical, size, direction);
  const int unit = active_unit_of(f);
  if (!dma_domain_map(domain, range->low, physical >> kPageShift, pages,
                      access_for(unit, direction))) {
    iova_free(&domain->space, range);
    return map_failed(f, physical, size, direction);
  }
  flush_new_mapping(domain, unit, *range);
  return range->low << kPageShift | (physical & (kPageSize - 1));
}

}  // namespace

void dma_set_mask(const PciFunction& f, u64 mask) { dma_device(f).mask = mask; }

u64 dma_map_single(const PciFunction& f, const void* memory, size_t size, DmaDirection direction) {
  return map_physical(f, virt_to_phys(memory), size, direction);
}

void dma_unmap_single(const PciFunction& f, u64 address, size_t) {
  DmaDomain* domain = intel_iommu_enabled() ? dma_device(f).domain : nullptr;
  if (domain == nullptr || domain->identity) return;
  Iova* range = iova_find(&domain->space, address >> kPageShift);
  if (range == nullptr) return;
  const TablePages tables = dma_domain_unmap(domain, range->low, range->high);
  if (iommu_options().strict)
    unmap_now(domain, range, tables);
  else
    unmap_later(domain, range, tables);
}

void* dma_alloc_coherent(const PciFunction& f, size_t size, u64* address) {
  void* memory = get_free_pages(GFP_KERNEL | __GFP_ZERO, get_order(size));
  if (memory == nullptr) return nullptr;
  *address = dma_map_single(f, memory, size, DmaDirection::both);
  if (*address != kDmaMappingError) return memory;
  free_pages(memory, get_order(size));
  return nullptr;
}

void dma_free_coherent(const PciFunction& f, size_t size, void* memory, u64 address) {
  dma_unmap_single(f, address, size);
  free_pages(memory, get_order(size));
}

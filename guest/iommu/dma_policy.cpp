#include "guest/iommu/dma_policy.h"

#include "guest/boot/e820.h"
#include "guest/iommu/iommu_options.h"
#include "guest/iommu/messages.h"
#include "guest/iommu/vtd_registers.h"
#include "guest/kernel/dmi.h"
#include "guest/mm/layout.h"
#include "guest/mm/memblock.h"

namespace {

// Interrupt messages: requests there are never translated (VT-d §3.14).
constexpr u64 kMessagesFirst = 0xfee00, kMessagesLast = 0xfeeff;
constexpr u16 kIntel = 0x8086;

DmaDomain* identity;

bool map_all_memory(DmaDomain* domain) {
  for (int i = 0; i < e820_count(); ++i) {
    const E820Entry& e = e820_entry(i);
    if (e.type != kRam || e.size < kPageSize) continue;
    const u64 start = (e.address + kPageSize - 1) & ~(kPageSize - 1);
    const u64 end = (e.address + e.size) & ~(kPageSize - 1);
    if (end > start && !dma_domain_map_identity(domain, start, end - 1)) return false;
  }
  return true;
}

// Device registers are no place for a buffer: transfers between devices would end there
// (drivers/iommu/intel-iommu.c dmar_init_reserved_ranges(); 6.1 reserves the windows of the host
// bridge, which only the DSDT's code names).
bool reserve_registers(IovaSpace* space) {
  bool done = true;
  for_each_function([&](const PciFunction& f) {
    for (const PciBar& bar : f.memory) {
      if (bar.address == 0 || bar.size == 0) continue;
      done = done && iova_reserve(space, bar.address >> kPageShift,
                                  (bar.address + bar.size - 1) >> kPageShift);
    }
  });
  return done;
}

u16 last_alias(const PciFunction& f) {
  u16 last = f.requester();
  pci_for_each_alias(f, [&last](u16 source) {
    last = source;
    return true;
  });
  return last;
}

// Of a function whose requests carry the same source id: devices behind one bridge cannot be told
// apart.
DmaDomain* shared_domain(const PciFunction& f) {
  DmaDomain* shared = nullptr;
  const u16 alias = last_alias(f);
  for_each_function([&](const PciFunction& other) {
    if (dma_device(other).domain != nullptr && last_alias(other) == alias)
      shared = dma_device(other).domain;
  });
  return shared;
}

u64 required_mask() {
  u64 mask = memblock_end_of_memory() - 1;
  for (int shift = 1; shift < 64; shift *= 2) mask |= mask >> shift;
  return mask;
}

bool is_own_graphics(const PciFunction& f) {
  return is_graphics(f) && f.vendor == kIntel && f.bus == 0;
}

// USB controllers need their regions only until the system takes them over; later releases say the
// same of graphics.
bool locked_to_region(const PciFunction& f) {
  if (release::is_3_2 || !has_reserved_region(f)) return false;
  if (f.class_code >> 8 == kPciClassUsb) return false;
  return !release::since(4, 12) || !is_graphics(f);
}

// Conventional devices behind bridges share a source id with others, of which nobody knows what
// they can address.
bool source_is_its_own(const PciFunction& f) {
  const PcieType type = pcie_type(f);
  if (type == PcieType::to_pci_bridge) return false;
  if (type != PcieType::none) return true;
  return f.above == nullptr && f.class_code >> 8 != kPciClassPciBridge;
}

bool region_fits(const DmaDomain& domain, u64 start, u64 end) {
  if (end < start) {
    warn_firmware(__FILE__, __LINE__, msg::kRmrrBackwards, dmi_bios_vendor(), dmi_bios_version(),
                  dmi_product_version());
    return false;
  }
  if (dma_domain_has(domain, end >> kPageShift)) return true;
  warn_firmware(__FILE__, __LINE__, msg::kRmrrTooHigh, domain.width, dmi_bios_vendor(),
                dmi_bios_version(), dmi_product_version());
  return false;
}

bool map_region(DmaDomain* domain, u64 start, u64 end) {
  if (end < start) return true;
  if (!dma_domain_has(*domain, end >> kPageShift)) {
    printk(msg::kWidthExceeded, domain->width, static_cast<unsigned long long>(end + 1));
    return false;
  }
  const u64 first = start >> kPageShift, last = end >> kPageShift;
  return iova_reserve(&domain->space, first, last) && dma_domain_map_identity(domain, start, end);
}

}  // namespace

DmaDomain* identity_domain() { return identity; }

bool hardware_pass_through() {
  for (int i = 0; i < dmar_unit_count(); ++i) {
    if (!unit_left_off(i) && (dmar_unit(i).ecap & kEcapPassThrough) == 0) return false;
  }
  return true;
}

bool make_identity_domain() {
  if (identity != nullptr) return true;
  for (int i = 0; i < dmar_unit_count() && identity == nullptr; ++i) {
    const int unit = dmar_position(i);
    if (!unit_left_off(unit)) identity = dma_domain_create(unit, DomainKind::identity);
  }
  return identity != nullptr && (hardware_pass_through() || map_all_memory(identity));
}

bool attach_identity(const PciFunction& f) {
  return attach_function(f, identity,
                         hardware_pass_through() ? Translation::pass_through : Translation::tables);
}

bool wants_identity(const PciFunction& f) {
  const IommuOptions& options = iommu_options();
  if (release::since(4, 12) && !options.map_graphics && is_graphics(f)) return true;
  if (!options.map_own_graphics && is_own_graphics(f)) return true;
  if (!options.pass_through) return false;
  return release::since(6, 1) || (!locked_to_region(f) && source_is_its_own(f));
}

bool may_keep_identity(const PciFunction& f) {
  return release::since(6, 1) || dma_device(f).mask >= required_mask();
}

DmaDomain* domain_for(const PciFunction& f) {
  DmaDevice& device = dma_device(f);
  if (device.domain != nullptr) return device.domain;
  const int unit = active_unit_of(f);
  if (unit < 0) return nullptr;
  DmaDomain* domain = shared_domain(f);
  if (domain != nullptr) return domain;
  domain = dma_domain_create(unit, DomainKind::device);
  if (domain == nullptr) return nullptr;
  iova_reserve(&domain->space, kMessagesFirst, kMessagesLast);
  reserve_registers(&domain->space);
  return domain;
}

bool map_reserved_region(const PciFunction& f, u64 start, u64 end) {
  if (dma_device(f).bypassed) return true;
  if (active_unit_of(f) < 0) return true;
  DmaDomain* domain = domain_for(f);
  if (domain == nullptr) return false;
  const bool passes = domain->identity && hardware_pass_through();
  if (release::since(6, 1)) {
    if (domain->identity) return true;
    return map_region(domain, start, end);
  }
  printk(passes ? msg::kIdentityMapIgnored : msg::kIdentityMap, f.bus, f.device, f.function,
         static_cast<unsigned long long>(start), static_cast<unsigned long long>(end));
  if (passes) return true;
  if (!region_fits(*domain, start, end) || !map_region(domain, start, end)) return false;
  return attach_function(f, domain, Translation::tables);
}

#include "guest/iommu/dma_devices.h"

#include "guest/iommu/device_tlb.h"
#include "guest/iommu/iommu_options.h"

namespace {

constexpr int kMostFunctions = 256;
constexpr u32 kDisplay = 0x03;

DmaDevice devices[kMostFunctions];
bool devices_ready;
bool left_off[kMostDmarUnits];

void prepare_devices() {
  for (DmaDevice& device : devices)
    device = {nullptr, 0xffffffff, -1, -1, false, false, false, false};
  devices_ready = true;
}

void bypass_devices_of(int unit) {
  for_each_function([unit](const PciFunction& f) {
    if (dmar_unit_of(f.bus, f.device, f.function) == unit) dma_device(f).bypassed = true;
  });
}

// Nothing but graphics devices stands in the unit's scopes.
bool only_graphics(int unit) {
  bool all = true;
  for_each_named(dmar_unit(unit).devices,
                 [&](const PciFunction& f) { all = all && is_graphics(f); });
  return all;
}

bool has_devices(int unit) {
  bool any = false;
  for_each_named(dmar_unit(unit).devices, [&](const PciFunction&) { any = true; });
  return any;
}

}  // namespace

DmaDevice& dma_device(const PciFunction& f) {
  if (!devices_ready) prepare_devices();
  return devices[&f - &pci_function(0)];
}

int active_unit_of(const PciFunction& f) {
  int& unit = dma_device(f).unit;
  if (unit < 0) unit = dmar_unit_of(f.bus, f.device, f.function);
  return unit >= 0 && !left_off[unit] ? unit : -1;
}

bool is_graphics(const PciFunction& f) { return f.class_code >> 16 == kDisplay; }

bool has_reserved_region(const PciFunction& f) {
  bool found = false;
  for (int i = 0; i < dmar_rmrr_count(); ++i) {
    for_each_named(dmar_rmrr(i).devices,
                   [&](const PciFunction& other) { found = found || &other == &f; });
  }
  return found;
}

void leave_units_off() {
  for (int unit = 0; unit < dmar_unit_count(); ++unit) {
    left_off[unit] = dmar_unit(unit).ignored;
    if (dmar_unit(unit).include_all) continue;
    if (!has_devices(unit)) {
      left_off[unit] = true;
    } else if (!iommu_options().map_graphics && only_graphics(unit)) {
      left_off[unit] = true;
      bypass_devices_of(unit);
    }
  }
}

bool unit_left_off(int unit) { return left_off[unit]; }

namespace {

// What a scalable-mode context entry lets the function do.
u64 abilities_of(const PciFunction& f) {
  return (has_device_tlb(f) ? kContextDeviceTlb : 0) | (has_pasids(f) ? kContextPasids : 0) |
         (has_page_requests(f) ? kContextPageRequests : 0);
}

}  // namespace

bool attach_function(const PciFunction& f, DmaDomain* domain, Translation translation) {
  const int unit = active_unit_of(f);
  if (unit < 0 || !dma_domain_attach(domain, unit)) return false;
  enable_device_tlb(f, unit);
  if (has_device_tlb(f) && translation == Translation::tables)
    translation = Translation::device_tlb;
  bool done = true;
  pci_for_each_alias(f, [&](u16 source) {
    done = done && map_context(unit, source, domain, translation, abilities_of(f));
    return done;
  });
  if (done) dma_device(f).domain = domain;
  return done;
}

void detach_function(const PciFunction& f) {
  const int unit = active_unit_of(f);
  if (unit < 0) return;
  pci_for_each_alias(f, [&](u16 source) {
    clear_context(unit, source);
    return true;
  });
  dma_device(f).domain = nullptr;
}

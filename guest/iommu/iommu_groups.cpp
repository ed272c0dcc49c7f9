#include "guest/iommu/iommu_groups.h"

#include "guest/iommu/dma_devices.h"
#include "guest/iommu/messages.h"

namespace {

int group_total;

// Access control services (PCIe §7.7.8): source validation, request and completion redirect,
// upstream forwarding.
constexpr u16 kWantedControls = 1u << 0 | 1u << 2 | 1u << 3 | 1u << 4;
constexpr u16 kAcsCapability = 4, kAcsControl = 6;

bool controls_are_on(const PciFunction& f) {
  const u16 at = pci_find_extended_capability(f, kPciExtendedAcs);
  if (at == 0) return false;
  const u16 wanted = kWantedControls & pci_read16(f, static_cast<u16>(at + kAcsCapability));
  return (pci_read16(f, static_cast<u16>(at + kAcsControl)) & wanted) == wanted;
}

// drivers/pci/pci.c pci_acs_enabled(): the function passes nothing to its neighbours.
bool is_isolated(const PciFunction& f) {
  switch (pcie_type(f)) {
    case PcieType::none:
    case PcieType::to_pci_bridge:
    case PcieType::from_pci_bridge:
    case PcieType::event_collector:
      return false;
    case PcieType::root_port:
    case PcieType::downstream_port:
      return controls_are_on(f);
    default:
      return !f.multi_function || controls_are_on(f);
  }
}

bool path_is_isolated(const PciFunction* port) {
  for (; port != nullptr; port = port->above) {
    if (!is_isolated(*port)) return false;
  }
  return true;
}

int group_of_source(u16 source) {
  int group = -1;
  for_each_function([&](const PciFunction& f) {
    if (f.requester() == source && dma_device(f).group >= 0) group = dma_device(f).group;
  });
  return group;
}

int group_of_aliases(const PciFunction& f) {
  int group = -1;
  pci_for_each_alias(f, [&](u16 source) {
    group = group_of_source(source);
    return group < 0;
  });
  return group;
}

int group_of_neighbours(const PciFunction& f) {
  if (!f.multi_function || is_isolated(f)) return -1;
  int group = -1;
  for_each_function([&](const PciFunction& other) {
    if (other.bus != f.bus || other.device != f.device || is_isolated(other)) return;
    if (group < 0) group = dma_device(other).group;
  });
  return group;
}

int existing_group(const PciFunction& f) {
  const int aliased = group_of_aliases(f);
  if (aliased >= 0) return aliased;
  // Up to the last bridge that lets functions reach each other.
  const PciFunction* top = &f;
  for (const PciFunction* port = f.above; port != nullptr; port = port->above) {
    if (path_is_isolated(port)) break;
    top = port;
    if (dma_device(*top).group >= 0) return dma_device(*top).group;
  }
  return group_of_neighbours(*top);
}

}  // namespace

int join_iommu_group(const PciFunction& f) {
  int& group = dma_device(f).group;
  if (group >= 0) return group;
  const int existing = existing_group(f);
  group = existing >= 0 ? existing : group_total++;
#if GUEST_RELEASE >= 412
  printk(msg::kGroupMember, f.bus, f.device, f.function, group);
#endif
  return group;
}

void enable_access_control() {
  for_each_function([](const PciFunction& f) {
    const u16 at = pci_find_extended_capability(f, kPciExtendedAcs);
    if (at == 0) return;
    const u16 offered = pci_read16(f, static_cast<u16>(at + kAcsCapability)) & kWantedControls;
    const u16 control = static_cast<u16>(at + kAcsControl);
    pci_write16(f, control, pci_read16(f, control) | offered);
  });
}

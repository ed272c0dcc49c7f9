// The PCI functions that the scopes of the DMAR table name: drivers/iommu/dmar.c
// dmar_dev_scope_init(), dmar_parse_dev_scope() until 3.14.
#include "guest/acpi/dmar_parse.h"
#include "guest/drivers/pci.h"
#include "guest/include/errno.h"
#include "guest/kernel/messages.h"

namespace {

constexpr u8 kBridgeHeader = 1;

bool is_bridge(const PciFunction& f) { return (f.header_type & 0x7f) == kBridgeHeader; }

// pci_find_bus(): a root bus, of which segment 0 has the first, or one behind a bridge.
bool bus_exists(u16 segment, u8 bus) {
  for (int i = 0; i < pci_function_count(); ++i) {
    const PciFunction& f = pci_function(i);
    if (f.segment != segment) continue;
    if (f.bus == bus || (is_bridge(f) && pci_read8(f, kPciSecondaryBus) == bus)) return true;
  }
  return false;
}

const PciFunction* function_at(u16 segment, u8 bus, const DmarPathStep& step) {
  for (int i = 0; i < pci_function_count(); ++i) {
    const PciFunction& f = pci_function(i);
    if (f.segment == segment && f.bus == bus && f.device == step.device &&
        f.function == step.function)
      return &f;
  }
  return nullptr;
}

// Follows the path; says so and yields null where it leads nowhere. `step` is left where it ended.
const PciFunction* follow(const DmarScope& scope, u16 segment) {
  const auto* step = reinterpret_cast<const DmarPathStep*>(&scope + 1);
  const PciFunction* f = nullptr;
  bool bus_known = bus_exists(segment, scope.start_bus);
  u8 bus = scope.start_bus;
  for (size_t left = (scope.length - sizeof(DmarScope)) / sizeof(DmarPathStep); left > 0; --left) {
    if (!bus_known) {
      printk(msg::kScopeBusMissing, scope.start_bus);
      break;
    }
    f = function_at(segment, bus, *step);
    if (f == nullptr) break;
    ++step;
    bus_known = is_bridge(*f);
    if (bus_known) bus = pci_read8(*f, kPciSecondaryBus);
  }
  if (f == nullptr)
    printk(msg::kScopeDeviceMissing, segment, scope.start_bus, step->device, step->function);
  return f;
}

// dmar_parse_one_dev_scope()
int find_device(const DmarScope& scope, u16 segment, DmarDevice* device) {
  const PciFunction* f = follow(scope, segment);
  if (f == nullptr) return 0;
  if (is_bridge(*f) != (scope.type == kScopeBridge)) {
    printk(msg::kScopeTypeWrong, f->segment, f->bus, f->device, f->function);
    return -EINVAL;
  }
  *device = {true, static_cast<u16>(f->bus << 8 | f->device << 3 | f->function)};
  return 0;
}

template <typename T>
int find_devices(const T& structure, u16 segment, DmarDevices* devices) {
  *devices = dmar_alloc_devices_of(structure);
  if (devices->entries == nullptr) return -ENOMEM;
  const auto* at = reinterpret_cast<const u8*>(&structure + 1);
  const auto* end = reinterpret_cast<const u8*>(&structure) + structure.header.length;
  DmarDevice* next = devices->entries;
  for (; at < end; at += *static_cast<const volatile u8*>(at + 1)) {
    const auto& scope = *reinterpret_cast<const DmarScope*>(at);
    if (scope.type != kScopeEndpoint && scope.type != kScopeBridge) continue;
    const int result = find_device(scope, segment, next++);
    if (result != 0) return result;
  }
  return 0;
}

int find_all() {
  if (dmar_unit_count() == 0) return -ENODEV;
  int result = 0;
  for (int i = 0; i < dmar_unit_count() && result == 0; ++i) {
    DmarUnit& unit = dmar_unit_to_fill(dmar_position(i));
    if (!unit.include_all) result = find_devices(*unit.structure, unit.segment, &unit.devices);
  }
  for (int i = 0; i < dmar_rmrr_count() && result == 0; ++i) {
    DmarReserved& region = dmar_rmrr_to_fill(i);
    result = find_devices(*region.structure, region.segment, &region.devices);
  }
  for (int i = 0; i < dmar_atsr_count() && result == 0; ++i) {
    DmarRootPorts& ports = dmar_atsr_to_fill(i);
    if (!ports.all) result = find_devices(*ports.structure, ports.segment, &ports.devices);
  }
  return result;
}

}  // namespace

// The second time it yields what Linux remembers: 1 for success.
int dmar_dev_scope_init() {
  static int status;
  if (status == 0) status = find_all();
  return status;
}

// The PCI functions that the scopes of the DMAR table name: drivers/iommu/dmar.c
// dmar_dev_scope_init() since 3.15, when scopes began to wait for their devices.
#include "guest/acpi/acpi.h"
#include "guest/acpi/dmar_parse.h"
#include "guest/drivers/pci.h"
#include "guest/include/errno.h"
#include "guest/kernel/messages.h"
#include "guest/lib/string.h"

namespace {

constexpr int kMostLevels = 16;
constexpr u8 kNormalHeader = 0, kBridgeHeader = 1;

// Where a function is: the steps from a root bus to it.
struct Route {
  const PciFunction* function;
  u8 root_bus;
  int levels;
  const PciFunction* steps[kMostLevels];
};

u8 header_of(const PciFunction& f) { return f.header_type & 0x7f; }
u16 requester_of(const PciFunction& f) {
  return static_cast<u16>(f.bus << 8 | f.device << 3 | f.function);
}

const PciFunction* bridge_to(const PciFunction& f) {
  for (int i = 0; i < pci_function_count(); ++i) {
    const PciFunction& bridge = pci_function(i);
    if (bridge.segment != f.segment || header_of(bridge) != kBridgeHeader) continue;
    if (pci_read8(bridge, kPciSecondaryBus) == f.bus) return &bridge;
  }
  return nullptr;
}

Route route_to(const PciFunction& f) {
  Route route = {&f, 0, 0, {}};
  const PciFunction* upwards[kMostLevels];
  for (const PciFunction* at = &f; at != nullptr && route.levels < kMostLevels; at = bridge_to(*at))
    upwards[route.levels++] = at;
  for (int i = 0; i < route.levels; ++i) route.steps[i] = upwards[route.levels - 1 - i];
  route.root_bus = route.steps[0]->bus;
  return route;
}

bool is_step(const DmarPathStep& step, const PciFunction& f) {
  return step.device == f.device && step.function == f.function;
}

// dmar_match_pci_path(). Some firmware numbers the function's own bus in place of the path.
bool names(const DmarScope& scope, const Route& route) {
  const auto* path = reinterpret_cast<const DmarPathStep*>(&scope + 1);
  const int count =
      (scope.length - static_cast<int>(sizeof(DmarScope))) / static_cast<int>(sizeof(DmarPathStep));
  bool same = route.root_bus == scope.start_bus && route.levels == count;
  for (int i = 0; same && i < count; ++i) same = is_step(path[i], *route.steps[i]);
  if (same) return true;
  if (count != 1 || scope.start_bus != route.function->bus || !is_step(path[0], *route.function))
    return false;
  printk(msg::kScopeWorkaround, scope.start_bus, path[0].device, path[0].function);
  return true;
}

// Bridges that have a normal header: non-transparent ones; since 5.5 all of the class.
bool may_be_bridge(const PciFunction& f) {
  constexpr u32 kOtherBridge = 0x0680, kBridge = 0x06;
  if (header_of(f) != kNormalHeader) return true;
  return release::since(5, 5) ? f.class_code >> 16 == kBridge : f.class_code >> 8 == kOtherBridge;
}

bool type_matches(const DmarScope& scope, const PciFunction& f) {
  if (scope.type == kScopeEndpoint) return header_of(f) == kNormalHeader;
  return may_be_bridge(f);
}

void put(const DmarDevices& devices, const PciFunction& f) {
  for (int i = 0; i < devices.count; ++i) {
    if (devices.entries[i].found) continue;
    devices.entries[i] = {true, requester_of(f)};
    return;
  }
}

// dmar_insert_dev_scope(): 1 if a scope of the structure names the function, 0 if none does.
template <typename T>
int insert(const Route& route, const T& structure, u16 segment, const DmarDevices& devices) {
  if (segment != route.function->segment) return 0;
  const auto* at = reinterpret_cast<const u8*>(&structure + 1);
  const auto* end = reinterpret_cast<const u8*>(&structure) + structure.header.length;
  for (; at < end; at += *static_cast<const volatile u8*>(at + 1)) {
    const auto& scope = *reinterpret_cast<const DmarScope*>(at);
    if (scope.type != kScopeEndpoint && scope.type != kScopeBridge) continue;
    if (!names(scope, route)) continue;
    const PciFunction& f = *route.function;
    if (!type_matches(scope, f)) {
      printk(msg::kScopeTypeWrong, f.segment, f.bus, f.device, f.function);
      return -EINVAL;
    }
    put(devices, f);
    return 1;
  }
  return 0;
}

int insert_into_units(const Route& route) {
  for (int i = 0; i < dmar_unit_count(); ++i) {
    const DmarUnit& unit = dmar_unit(dmar_position(i));
    if (unit.include_all) continue;
    const int result = insert(route, *unit.structure, unit.segment, unit.devices);
    if (result != 0) return result;
  }
  return 0;
}

// dmar_iommu_notify_scope_dev()
int insert_into_regions(const Route& route) {
  for (int i = 0; i < dmar_rmrr_count(); ++i) {
    const DmarReserved& region = dmar_rmrr(i);
    const int result = insert(route, *region.structure, region.segment, region.devices);
    if (result < 0) return result;
  }
  for (int i = 0; i < dmar_atsr_count(); ++i) {
    const DmarRootPorts& ports = dmar_atsr(i);
    if (ports.all) continue;
    const int result = insert(route, *ports.structure, ports.segment, ports.devices);
    if (result != 0) return min_of(result, 0);
  }
  return 0;
}

// dmar_pci_bus_add_dev()
int add_function(const PciFunction& f) {
  const Route route = route_to(f);
  const int result = insert_into_units(route);
  return result < 0 ? result : insert_into_regions(route);
}

// There is no interpreter for the namespace; an object that a table declares has the last segment
// of its name there as four characters.
bool declared(const char* path) {
  const AcpiHeader* dsdt = acpi_dsdt();
  const size_t length = strlen(path);
  if (dsdt == nullptr || length < 4) return false;
  const char* segment = path + length - 4;
  const char* bytes = reinterpret_cast<const char*>(dsdt);
  for (size_t at = sizeof(AcpiHeader); at + 4 <= dsdt->length; ++at) {
    if (memcmp(bytes + at, segment, 4) == 0) return true;
  }
  return false;
}

// dmar_acpi_insert_dev_scope()
void find_namespace_device(const DmarAndd& andd, const char* name) {
  for (int i = 0; i < dmar_unit_count(); ++i) {
    const DmarUnit& unit = dmar_unit(dmar_position(i));
    const auto* at = reinterpret_cast<const u8*>(unit.structure + 1);
    const auto* end = reinterpret_cast<const u8*>(unit.structure) + unit.structure->header.length;
    for (; at < end; at += *static_cast<const volatile u8*>(at + 1)) {
      const auto& scope = *reinterpret_cast<const DmarScope*>(at);
      if (scope.type != kScopeNamespace || scope.id != andd.device) continue;
      const auto& step = *reinterpret_cast<const DmarPathStep*>(&scope + 1);
      printk(msg::kAcpiDeviceUnder, name, static_cast<unsigned long long>(unit.base),
             scope.start_bus, step.device, step.function);
      return;
    }
  }
  printk(msg::kAcpiDeviceUncovered, andd.device, name);
}

// A part of its caller, so that the place of a hang has the name that it has in Linux.
ALWAYS_INLINE void find_namespace_devices(const AcpiDmar& table) {
  const auto* bytes = reinterpret_cast<const u8*>(&table);
  const volatile DmarStructure* s;
  // A structure of length 0, which the reading of the table has passed over, holds Linux here for
  // ever, and this kernel, too.
  for (size_t at = sizeof(AcpiDmar); at < table.header.length; at += s->length) {
    s = reinterpret_cast<const volatile DmarStructure*>(bytes + at);
    if (s->type != kAndd) continue;
    const auto& andd = *reinterpret_cast<const DmarAndd*>(bytes + at);
    const char* name = reinterpret_cast<const char*>(&andd + 1);
    if (declared(name))
      find_namespace_device(andd, name);
    else
      printk(msg::kAcpiHandleMissing, name);
  }
}

ALWAYS_INLINE int find_devices() {
  if (dmar_unit_count() == 0) return -ENODEV;
  find_namespace_devices(*dmar_table());
  int status = 0;
  for (int i = 0; i < pci_function_count(); ++i) {
    const int result = add_function(pci_function(i));
    if (status == 0) status = result;
  }
  return status;
}

}  // namespace

int dmar_dev_scope_init() {
  static int status = 1;
  if (status == 1) status = find_devices();
  return status;
}

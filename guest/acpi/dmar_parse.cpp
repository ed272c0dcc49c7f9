// One structure of the DMAR table after the other: drivers/iommu/dmar.c and intel-iommu.c.
#include "guest/acpi/dmar_parse.h"

#include "guest/boot/e820.h"
#include "guest/include/errno.h"
#include "guest/kernel/bug.h"
#include "guest/kernel/dmi.h"
#include "guest/kernel/messages.h"
#include "guest/lib/string.h"
#include "guest/mm/layout.h"

namespace {

constexpr int kMost = 256;
constexpr int kMostDevices = 4096;

DmarReserved reserved[kMost];
int reserved_total;
DmarRootPorts root_ports[kMost];
int root_ports_total;
int satc_total;
DmarDevice device_pool[kMostDevices];
int devices_used;

using Wide = unsigned long long;

bool names_devices(u8 scope_type) {
  if (scope_type == kScopeNamespace) return release::since(3, 15);
  return scope_type == kScopeEndpoint || scope_type == kScopeBridge;
}

// arch/x86/include/asm/iommu.h arch_rmrr_sanity_check(): one region has all of it, and it is not
// memory.
bool firmware_keeps(u64 start, u64 end) {
  if (e820_all_mapped(start, end, kReserved) || e820_all_mapped(start, end, kAcpiNvs)) return true;
  printk(msg::kRmrrUncovered, static_cast<Wide>(start), static_cast<Wide>(end - 1));
  return false;
}

bool is_sane(const DmarRmrr& rmrr) {
  const u64 end = rmrr.limit + 1;
  if (rmrr.base % kPageSize != 0 || end % kPageSize != 0 || rmrr.limit <= rmrr.base) return false;
  return firmware_keeps(rmrr.base, end);
}

void check_rmrr(const DmarRmrr& rmrr) {
  // Earlier releases look at regions when they map them.
  if (!release::since(5, 7) || is_sane(rmrr)) return;
  dmar_firmware_bug(__FILE__, __LINE__, msg::kBrokenRmrr, static_cast<Wide>(rmrr.base),
                    static_cast<Wide>(rmrr.limit), dmi_bios_vendor(), dmi_bios_version(),
                    dmi_product_version());
}

bool same_bytes(const DmarAtsr& a, const DmarAtsr& b) {
  return a.header.length == b.header.length && memcmp(&a, &b, a.header.length) == 0;
}

// A structure that is there twice counts once since 3.19 (dmar_find_atsr()).
bool atsr_known(const DmarAtsr& atsr) {
  if (!release::since(3, 19)) return false;
  for (int i = 0; i < root_ports_total; ++i) {
    if (same_bytes(*root_ports[i].structure, atsr)) return true;
  }
  return false;
}

}  // namespace

void dmar_print_structure(const DmarStructure& s) {
  if (s.type == kDrhd) {
    const auto& drhd = reinterpret_cast<const DmarDrhd&>(s);
    printk(msg::kDrhd, static_cast<Wide>(drhd.base), drhd.flags);
  } else if (s.type == kRmrr) {
    const auto& rmrr = reinterpret_cast<const DmarRmrr&>(s);
    printk(msg::kRmrr, static_cast<Wide>(rmrr.base), static_cast<Wide>(rmrr.limit));
  } else if (s.type == kAtsr) {
    printk(msg::kAtsr, reinterpret_cast<const DmarAtsr&>(s).flags);
  } else if (s.type == kRhsa) {
    const auto& rhsa = reinterpret_cast<const DmarRhsa&>(s);
    printk(msg::kRhsa, static_cast<Wide>(rhsa.base), rhsa.domain);
  } else if (s.type == kSatc && release::since(5, 12)) {
    printk(msg::kSatc, reinterpret_cast<const DmarSatc&>(s).flags);
  }
}

DmarDevices dmar_alloc_devices(const void* start, const void* end) {
  const auto* at = static_cast<const u8*>(start);
  int count = 0;
  while (at < static_cast<const u8*>(end)) {
    const auto& scope = *reinterpret_cast<const DmarScope*>(at);
    if (names_devices(scope.type))
      ++count;
    else if (scope.type != kScopeIoApic && scope.type != kScopeHpet)
      printk(msg::kScopeUnsupported);
    at += scope.length;
  }
  if (count > kMostDevices - devices_used) return {nullptr, count};
  DmarDevice* entries = device_pool + devices_used;
  devices_used += count;
  return {entries, count};
}

int dmar_parse_rmrr(const DmarRmrr& rmrr) {
  check_rmrr(rmrr);
  if (reserved_total == kMost) return -ENOMEM;
  DmarReserved& entry = reserved[reserved_total];
  entry = {rmrr.base, rmrr.limit, rmrr.segment, &rmrr, {nullptr, 0}};
  if (kScopesWithStructures) entry.devices = dmar_alloc_devices_of(rmrr);
  if (entry.devices.entries == nullptr && kScopesWithStructures) return -ENOMEM;
  ++reserved_total;
  return 0;
}

int dmar_parse_atsr(const DmarAtsr& atsr) {
  if (atsr_known(atsr)) return 0;
  if (root_ports_total == kMost) return -ENOMEM;
  const bool all = (atsr.flags & 1) != 0;
  DmarRootPorts& entry = root_ports[root_ports_total];
  entry = {atsr.segment, all, &atsr, {nullptr, 0}};
  if (!all && kScopesWithStructures) {
    entry.devices = dmar_alloc_devices_of(atsr);
    if (entry.devices.entries == nullptr) return -ENOMEM;
  }
  ++root_ports_total;
  return 0;
}

int dmar_parse_satc(const DmarSatc& satc) {
  if (dmar_alloc_devices_of(satc).entries == nullptr) return -ENOMEM;
  ++satc_total;
  return 0;
}

// The node that it names is of no use here: the tables of a unit lie in any.
int dmar_parse_rhsa(const DmarRhsa& rhsa) {
  if (dmar_unit_at(rhsa.base) >= 0) return 0;
  dmar_firmware_bug(__FILE__, __LINE__, msg::kBrokenRhsa, static_cast<Wide>(rhsa.base),
                    dmi_bios_vendor(), dmi_bios_version(), dmi_product_version());
  return 0;
}

int dmar_parse_andd(const DmarAndd& andd) {
  const char* name = reinterpret_cast<const char*>(&andd + 1);
  // A structure shorter than its fields leaves a length that never ends (dmar_parse_one_andd()).
  const size_t room = static_cast<size_t>(andd.header.length) - sizeof(DmarAndd);
  if (andd.header.length >= sizeof(DmarAndd) && strnlen(name, room) == room) {
    dmar_firmware_bug(__FILE__, __LINE__, msg::kBrokenAndd, dmi_bios_vendor(), dmi_bios_version(),
                      dmi_product_version());
    return -EINVAL;
  }
  printk(msg::kAndd, andd.device, name);
  return 0;
}

int dmar_rmrr_count() { return reserved_total; }
DmarReserved& dmar_rmrr_to_fill(int index) { return reserved[reserved_total - 1 - index]; }
const DmarReserved& dmar_rmrr(int index) { return dmar_rmrr_to_fill(index); }
int dmar_atsr_count() { return root_ports_total; }
DmarRootPorts& dmar_atsr_to_fill(int index) { return root_ports[root_ports_total - 1 - index]; }
const DmarRootPorts& dmar_atsr(int index) { return dmar_atsr_to_fill(index); }
int dmar_satc_count() { return satc_total; }

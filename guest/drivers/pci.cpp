#include "guest/drivers/pci.h"

#include "guest/drivers/pci_config.h"
#include "guest/drivers/pci_options.h"
#include "guest/kernel/printk.h"
#include "guest/kernel/release.h"

namespace {

constexpr int max_functions = 256;
constexpr u32 no_device = 0xffffffff;
constexpr u8 header_type_bridge = 1;
constexpr u8 multi_function = 0x80;
constexpr u16 status_capabilities = 1u << 4;

PciFunction functions[max_functions];
int function_count;

// drivers/pci/probe.c pci_setup_device(), __pci_read_base(). 3.2 leaves out the programming
// interface of the class.
constexpr char kFunction[] =
    KERN_INFO "pci 0000:%02x:%02x.%d: [%04x:%04x] type %02x class 0x%06x\n";
constexpr char kFunctionOf3_2[] =
    KERN_INFO "pci 0000:%02x:%02x.%d: [%04x:%04x] type %d class 0x%06x\n";
constexpr char kRegister[] =
    KERN_INFO "pci 0000:%02x:%02x.%d: reg 0x%02x: [mem 0x%08llx-0x%08llx%s%s]\n";
constexpr char kRegisterOf3_2[] =
    KERN_INFO "pci 0000:%02x:%02x.%d: reg %x: [mem 0x%08llx-0x%08llx%s%s]\n";

void scan_bus(u8 bus, int depth);

void describe(const PciFunction& f) {
  printk(release::is_3_2 ? kFunctionOf3_2 : kFunction, f.bus, f.device, f.function, f.vendor,
         f.device_id, f.header_type & 0x7f, release::is_3_2 ? f.class_code >> 8 : f.class_code);
  if ((f.header_type & 0x7f) != 0) return;
  for (int index = 0; index < 6; ++index) {
    const u32 bar = pci_read32(f, static_cast<u16>(kPciBar0 + 4 * index));
    const bool wide = (bar & 7) == 4;
    const PciBar range = pci_memory_bar(f, index);
    if (range.size != 0) {
      printk(release::is_3_2 ? kRegisterOf3_2 : kRegister, f.bus, f.device, f.function,
             kPciBar0 + 4 * index, static_cast<unsigned long long>(range.address),
             static_cast<unsigned long long>(range.address + range.size - 1), wide ? " 64bit" : "",
             bar & 8 ? " pref" : "");
    }
    if (wide) ++index;
  }
}

void add_function(u8 bus, u8 device, u8 function, u32 id, int depth) {
  if (function_count == max_functions) return;
  PciFunction& f = functions[function_count++];
  f.bus = bus;
  f.device = device;
  f.function = function;
  f.vendor = static_cast<u16>(id);
  f.device_id = static_cast<u16>(id >> 16);
  f.class_code = pci_read32(f, kPciClassRevision) >> 8;
  f.header_type = pci_read8(f, kPciHeaderType);
  describe(f);
  if ((f.header_type & 0x7f) != header_type_bridge) return;
  const u8 secondary = pci_read8(f, kPciSecondaryBus);
  if (secondary <= bus) return;
  const u8 last = pci_read8(f, kPciSubordinateBus);
  pr_info("pci 0000:%02x:%02x.%d: PCI bridge to [bus %02x%s", bus, device, function, secondary,
          last > secondary ? "" : "]\n");
  if (last > secondary) pr_cont("-%02x]\n", last);
  scan_bus(secondary, depth + 1);
}

void scan_device(u8 bus, u8 device, int depth) {
  const u32 id = pci_config_read(bus, device, 0, 0);
  if (id == no_device || id == 0) return;
  const bool many = (pci_config_read(bus, device, 0, 0x0c) >> 16) & multi_function;
  add_function(bus, device, 0, id, depth);
  for (u8 function = 1; many && function < 8; ++function) {
    const u32 other = pci_config_read(bus, device, function, 0);
    if (other != no_device && other != 0) add_function(bus, device, function, other, depth);
  }
}

/// Bus numbers only grow downwards, so the depth is bounded by what a stack holds.
void scan_bus(u8 bus, int depth) {
  constexpr int max_depth = 8;
  if (depth > max_depth) return;
  for (u8 device = 0; device < 32; ++device) scan_device(bus, device, depth);
}

/// Offset of a capability, or 0. The list is cut where it is longer than configuration space.
u16 find_capability(const PciFunction& f, u8 wanted) {
  if (!(pci_read16(f, kPciStatus) & status_capabilities)) return 0;
  u8 at = pci_read8(f, kPciCapabilities) & 0xfc;
  for (int i = 0; i < 48 && at >= 0x40; ++i) {
    if (pci_read8(f, at) == wanted) return at;
    at = pci_read8(f, static_cast<u16>(at + 1)) & 0xfc;
  }
  return 0;
}

}  // namespace

void pci_init() {
  pci_report_options();
  pci_config_init();
  scan_bus(0, 0);
}

int pci_function_count() { return function_count; }
const PciFunction& pci_function(int index) { return functions[index]; }

const PciFunction* pci_find(u16 vendor, u16 device_id) {
  for (int i = 0; i < function_count; ++i) {
    if (functions[i].vendor == vendor && functions[i].device_id == device_id) return &functions[i];
  }
  return nullptr;
}

u32 pci_read32(const PciFunction& f, u16 offset) {
  return pci_config_read(f.bus, f.device, f.function, offset);
}

u16 pci_read16(const PciFunction& f, u16 offset) {
  return static_cast<u16>(pci_read32(f, offset & ~3u) >> ((offset & 2) * 8));
}

u8 pci_read8(const PciFunction& f, u16 offset) {
  return static_cast<u8>(pci_read32(f, offset & ~3u) >> ((offset & 3) * 8));
}

void pci_write32(const PciFunction& f, u16 offset, u32 value) {
  pci_config_write(f.bus, f.device, f.function, offset, value, 4);
}

void pci_write16(const PciFunction& f, u16 offset, u16 value) {
  pci_config_write(f.bus, f.device, f.function, offset, value, 2);
}

PciBar pci_memory_bar(const PciFunction& f, int index) {
  const u16 offset = static_cast<u16>(kPciBar0 + 4 * index);
  const u32 low = pci_read32(f, offset);
  if (low & 1) return {0, 0};
  const bool wide = (low & 6) == 4 && index < 5;
  const u32 high = wide ? pci_read32(f, static_cast<u16>(offset + 4)) : 0;
  const u16 command = pci_read16(f, kPciCommand);
  pci_write16(f, kPciCommand, command & ~kPciCommandMemory);
  pci_write32(f, offset, ~0u);
  u64 mask = pci_read32(f, offset) & ~15u;
  pci_write32(f, offset, low);
  if (wide) {
    pci_write32(f, static_cast<u16>(offset + 4), ~0u);
    mask |= static_cast<u64>(pci_read32(f, static_cast<u16>(offset + 4))) << 32;
    pci_write32(f, static_cast<u16>(offset + 4), high);
  } else if (mask != 0) {
    mask |= 0xffffffffull << 32;
  }
  pci_write16(f, kPciCommand, command);
  return {static_cast<u64>(high) << 32 | (low & ~15u), mask == 0 ? 0 : ~mask + 1};
}

void pci_enable(const PciFunction& f) {
  pci_write16(f, kPciCommand, pci_read16(f, kPciCommand) | kPciCommandMemory | kPciCommandMaster);
}

bool pci_enable_msi(const PciFunction& f, u64 address, u32 data) {
  const u16 at = pci_options().msi ? find_capability(f, kPciCapabilityMsi) : u16{0};
  if (!at) return false;
  // Message control: bit 7 says that there is an upper address word (PCI 3.0 §6.8.1.3).
  const u16 control = pci_read16(f, static_cast<u16>(at + 2));
  const bool wide = control & 0x80;
  pci_write32(f, static_cast<u16>(at + 4), static_cast<u32>(address));
  if (wide) pci_write32(f, static_cast<u16>(at + 8), static_cast<u32>(address >> 32));
  pci_write16(f, static_cast<u16>(at + (wide ? 12 : 8)), static_cast<u16>(data));
  pci_write16(f, kPciCommand, pci_read16(f, kPciCommand) | kPciCommandIntxDisable);
  // One message: the multiple-message-enable field is zero.
  pci_write16(f, static_cast<u16>(at + 2), static_cast<u16>((control & ~0x70u) | 1u));
  return true;
}

#include "guest/drivers/pci.h"

#include "guest/acpi/aml.h"
#include "guest/arch/io.h"
#include "guest/drivers/pci_config.h"
#include "guest/drivers/pci_options.h"
#include "guest/kernel/printk.h"
#include "guest/kernel/release.h"
#include "guest/mm/kernel_map.h"

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

void scan_bus(u8 bus, int depth, const PciFunction* above);

// Address and size of a memory BAR; probes the size with decoding off (PCI 3.0 §6.2.5.1).
PciBar probe_bar(const PciFunction& f, int index) {
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

void describe(PciFunction& f) {
  printk(release::is_3_2 ? kFunctionOf3_2 : kFunction, f.bus, f.device, f.function, f.vendor,
         f.device_id, f.header_type & 0x7f, release::is_3_2 ? f.class_code >> 8 : f.class_code);
  if ((f.header_type & 0x7f) != 0) return;
  for (int index = 0; index < 6; ++index) {
    const u32 bar = pci_read32(f, static_cast<u16>(kPciBar0 + 4 * index));
    const bool wide = (bar & 7) == 4;
    const PciBar range = f.memory[index] = probe_bar(f, index);
    if (range.size != 0) {
      printk(release::is_3_2 ? kRegisterOf3_2 : kRegister, f.bus, f.device, f.function,
             kPciBar0 + 4 * index, static_cast<unsigned long long>(range.address),
             static_cast<unsigned long long>(range.address + range.size - 1), wide ? " 64bit" : "",
             bar & 8 ? " pref" : "");
    }
    if (wide) ++index;
  }
}

void add_function(const PciFunction& found, u32 id) {
  if (function_count == max_functions) return;
  PciFunction& f = functions[function_count++];
  f = found;
  f.vendor = static_cast<u16>(id);
  f.device_id = static_cast<u16>(id >> 16);
  f.class_code = pci_read32(f, kPciClassRevision) >> 8;
  f.header_type = pci_read8(f, kPciHeaderType);
  describe(f);
}

void scan_device(u8 bus, u8 device, const PciFunction* above) {
  const u32 id = pci_config_read(bus, device, 0, 0);
  if (id == no_device || id == 0) return;
  PciFunction f = {};
  f.bus = bus;
  f.device = device;
  f.above = above;
  f.multi_function = (pci_config_read(bus, device, 0, 0x0c) >> 16) & multi_function;
  add_function(f, id);
  for (f.function = 1; f.multi_function && f.function < 8; ++f.function) {
    const u32 other = pci_config_read(bus, device, f.function, 0);
    if (other != no_device && other != 0) add_function(f, other);
  }
}

void scan_behind(const PciFunction& bridge, int depth) {
  const u8 secondary = pci_read8(bridge, kPciSecondaryBus);
  if (secondary <= bridge.bus) return;
  const u8 last = pci_read8(bridge, kPciSubordinateBus);
  pr_info("pci 0000:%02x:%02x.%d: PCI bridge to [bus %02x%s", bridge.bus, bridge.device,
          bridge.function, secondary, last > secondary ? "" : "]\n");
  if (last > secondary) pr_cont("-%02x]\n", last);
  scan_bus(secondary, depth + 1, &bridge);
}

/// All of a bus first, then what is behind its bridges, as drivers/pci/probe.c goes: functions are
/// numbered so. Bus numbers only grow downwards, so the depth is bounded by what a stack holds.
void scan_bus(u8 bus, int depth, const PciFunction* above) {
  constexpr int max_depth = 8;
  if (depth > max_depth) return;
  const int first = function_count;
  for (u8 device = 0; device < 32; ++device) scan_device(bus, device, above);
  const int end = function_count;
  for (int i = first; i < end; ++i) {
    if ((functions[i].header_type & 0x7f) == header_type_bridge) scan_behind(functions[i], depth);
  }
}

}  // namespace

/// The list is cut where it is longer than configuration space.
u16 pci_find_capability(const PciFunction& f, u8 wanted) {
  if (!(pci_read16(f, kPciStatus) & status_capabilities)) return 0;
  u8 at = pci_read8(f, kPciCapabilities) & 0xfc;
  for (int i = 0; i < 48 && at >= 0x40; ++i) {
    if (pci_read8(f, at) == wanted) return at;
    at = pci_read8(f, static_cast<u16>(at + 1)) & 0xfc;
  }
  return 0;
}

u16 pci_find_extended_capability(const PciFunction& f, u16 wanted) {
  // PCIe §7.6.3: id in bits 15:0, the next one's offset in bits 31:20. Conventional functions read
  // as all ones there.
  u16 at = 0x100;
  for (int i = 0; i < 960 && at >= 0x100; ++i) {
    const u32 header = pci_read32(f, at);
    if (header == 0 || header == ~0u) return 0;
    if ((header & 0xffff) == wanted) return at;
    at = static_cast<u16>(header >> 20 & 0xffc);
  }
  return 0;
}

PcieType pcie_type(const PciFunction& f) {
  const u16 at = pci_find_capability(f, kPciCapabilityExpress);
  if (at == 0) return PcieType::none;
  return static_cast<PcieType>(pci_read16(f, static_cast<u16>(at + 2)) >> 4 & 15);
}

void pci_init() {
  pci_report_options();
  pci_config_init();
  constexpr int max_roots = 32;
  u8 roots[max_roots];
  const int count = acpi_root_buses(roots, max_roots);
  for (int i = 0; i < count; ++i) scan_bus(roots[i], 0, nullptr);
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

void pci_enable(const PciFunction& f) {
  pci_write16(f, kPciCommand, pci_read16(f, kPciCommand) | kPciCommandMemory | kPciCommandMaster);
}

bool pci_enable_msi(const PciFunction& f, u64 address, u32 data) {
  const u16 at = pci_options().msi ? pci_find_capability(f, kPciCapabilityMsi) : u16{0};
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

bool pci_enable_msix(const PciFunction& f, u64 address, u32 data) {
  const u16 at = pci_options().msi ? pci_find_capability(f, kPciCapabilityMsix) : u16{0};
  if (!at) return false;
  // PCI 3.0 §6.8.2: the table's BAR and its place there; 16 bytes an entry, masked by bit 0 of the
  // last word.
  const u32 place = pci_read32(f, static_cast<u16>(at + 4));
  const PciBar& bar = f.memory[(place & 7) % 6];
  if (bar.address == 0) return false;
  auto* entry = static_cast<volatile u8*>(ioremap(bar.address + (place & ~7u), 16));
  if (entry == nullptr) return false;
  writel(static_cast<u32>(address), entry);
  writel(static_cast<u32>(address >> 32), entry + 4);
  writel(data, entry + 8);
  writel(0, entry + 12);
  pci_write16(f, kPciCommand, pci_read16(f, kPciCommand) | kPciCommandIntxDisable);
  const u16 control = static_cast<u16>(at + 2);
  pci_write16(f, control, static_cast<u16>((pci_read16(f, control) & ~0x4000u) | 0x8000u));
  return true;
}

// PCI: configuration space and the functions found in it.
#pragma once

#include "guest/include/types.h"

struct PciBar {
  u64 address;  ///< 0: not assigned, or an I/O BAR
  u64 size;
};

struct PciFunction {
  u16 segment;
  u8 bus, device, function;
  u16 vendor, device_id;
  u32 class_code;  ///< base class, subclass, interface
  u8 header_type;
  bool multi_function;       ///< the device has more functions than one
  const PciFunction* above;  ///< the bridge to its bus; nullptr: a root bus
  PciBar memory[6];          ///< by BAR, as the firmware has assigned them

  u16 requester() const { return static_cast<u16>(bus << 8 | device << 3 | function); }
};

/// Base class and subclass (PCI Code and ID Assignment, §1).
inline constexpr u32 kPciClassVga = 0x0300, kPciClassIsaBridge = 0x0601;
inline constexpr u32 kPciClassPciBridge = 0x0604, kPciClassUsb = 0x0c03;

/// Registers of the common configuration header (PCI 3.0 §6.1).
inline constexpr u16 kPciCommand = 0x04;
inline constexpr u16 kPciStatus = 0x06;
inline constexpr u16 kPciClassRevision = 0x08;
inline constexpr u16 kPciHeaderType = 0x0e;
inline constexpr u16 kPciBar0 = 0x10;
inline constexpr u16 kPciSecondaryBus = 0x19;
inline constexpr u16 kPciSubordinateBus = 0x1a;
inline constexpr u16 kPciCapabilities = 0x34;
inline constexpr u16 kPciInterruptLine = 0x3c, kPciInterruptPin = 0x3d;

inline constexpr u16 kPciCommandMemory = 1u << 1;
inline constexpr u16 kPciCommandMaster = 1u << 2;
inline constexpr u16 kPciCommandIntxDisable = 1u << 10;
inline constexpr u8 kPciCapabilityMsi = 0x05, kPciCapabilityExpress = 0x10;
inline constexpr u8 kPciCapabilityMsix = 0x11;
inline constexpr u16 kPciExtendedAcs = 0x0d, kPciExtendedAts = 0x0f;
inline constexpr u16 kPciExtendedPri = 0x13, kPciExtendedPasid = 0x1b;

/// Finds all functions, through memory-mapped configuration space where an MCFG table has one, else
/// through ports CF8/CFC.
void pci_init();

int pci_function_count();
const PciFunction& pci_function(int index);
/// The first function with these ids, or nullptr.
const PciFunction* pci_find(u16 vendor, u16 device_id);

/// Configuration space of a function; `offset` is aligned to the width.
u32 pci_read32(const PciFunction& f, u16 offset);
u16 pci_read16(const PciFunction& f, u16 offset);
u8 pci_read8(const PciFunction& f, u16 offset);
void pci_write32(const PciFunction& f, u16 offset, u32 value);
void pci_write16(const PciFunction& f, u16 offset, u16 value);

/// Offset of a capability of that id, in the first 256 bytes or (extended) behind them; 0 if the
/// function has none.
u16 pci_find_capability(const PciFunction& f, u8 id);
u16 pci_find_extended_capability(const PciFunction& f, u16 id);

/// What a PCI Express function is (PCIe §7.5.3.2, Device/Port Type).
enum class PcieType : u8 {
  endpoint = 0,
  legacy_endpoint = 1,
  root_port = 4,
  upstream_port = 5,
  downstream_port = 6,
  to_pci_bridge = 7,
  from_pci_bridge = 8,
  root_endpoint = 9,
  event_collector = 10,
  none = 0xff,  ///< conventional PCI
};
PcieType pcie_type(const PciFunction& f);

/// Calls visit for every source id under which requests of the function reach the root: its own,
/// and those that bridges to and from conventional PCI put in its place (PCIe to PCI Bridge 1.0
/// §2.3). Until visit says false.
template <typename Visit>
void pci_for_each_alias(const PciFunction& f, Visit visit) {
  if (!visit(f.requester())) return;
  for (const PciFunction* b = f.above; b != nullptr; b = b->above) {
    const PcieType type = pcie_type(*b);
    u16 alias;
    if (type == PcieType::to_pci_bridge)
      alias = static_cast<u16>(pci_read8(*b, kPciSecondaryBus) << 8);
    else if (type == PcieType::from_pci_bridge || type == PcieType::none)
      alias = b->requester();
    else
      continue;
    if (!visit(alias)) return;
  }
}

/// Turns on memory decoding and bus mastering.
void pci_enable(const PciFunction& f);

/// Programs the function's MSI capability with one message; false if it has none.
bool pci_enable_msi(const PciFunction& f, u64 address, u32 data);
/// The same for the first entry of its MSI-X table; the others stay masked.
bool pci_enable_msix(const PciFunction& f, u64 address, u32 data);

// PCI: configuration space and the functions found in it.
#pragma once

#include "guest/include/types.h"

struct PciFunction {
  u16 segment;
  u8 bus, device, function;
  u16 vendor, device_id;
  u32 class_code;  ///< base class, subclass, interface
  u8 header_type;
};

/// Registers of the common configuration header (PCI 3.0 §6.1).
inline constexpr u16 kPciCommand = 0x04;
inline constexpr u16 kPciStatus = 0x06;
inline constexpr u16 kPciClassRevision = 0x08;
inline constexpr u16 kPciHeaderType = 0x0e;
inline constexpr u16 kPciBar0 = 0x10;
inline constexpr u16 kPciSecondaryBus = 0x19;
inline constexpr u16 kPciSubordinateBus = 0x1a;
inline constexpr u16 kPciCapabilities = 0x34;

inline constexpr u16 kPciCommandMemory = 1u << 1;
inline constexpr u16 kPciCommandMaster = 1u << 2;
inline constexpr u16 kPciCommandIntxDisable = 1u << 10;
inline constexpr u8 kPciCapabilityMsi = 0x05;

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

struct PciBar {
  u64 address;  ///< 0: not assigned, or an I/O BAR
  u64 size;
};
/// Address and size of a memory BAR (0..5); probes the size with decoding off (PCI 3.0 §6.2.5.1).
PciBar pci_memory_bar(const PciFunction& f, int index);

/// Turns on memory decoding and bus mastering.
void pci_enable(const PciFunction& f);

/// Programs the function's MSI capability with one message; false if it has none.
bool pci_enable_msi(const PciFunction& f, u64 address, u32 data);

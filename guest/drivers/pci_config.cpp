#include "guest/drivers/pci_config.h"

#include "guest/acpi/acpi.h"
#include "guest/arch/io.h"
#include "guest/arch/spinlock.h"
#include "guest/drivers/pci_options.h"
#include "guest/kernel/printk.h"
#include "guest/mm/kernel_map.h"

namespace {

constexpr u16 config_address = 0xcf8;
constexpr u16 config_data = 0xcfc;

/// Entry of the MCFG table behind its 44 bytes of header (PCI Firmware 3.0 table 4-3).
struct __attribute__((packed)) McfgEntry {
  u64 base;
  u16 segment;
  u8 first_bus, last_bus;
  u32 reserved;
};
constexpr u32 mcfg_header_size = 44;

struct MappedConfig {
  volatile u8* base;  ///< of bus 0, even if the range begins above it; nullptr: ports only
  u8 first_bus, last_bus;
};

MappedConfig mapped;
SpinLock port_lock;

u32 port_address(u8 bus, u8 device, u8 function, u16 offset) {
  return 1u << 31 | static_cast<u32>(bus) << 16 | static_cast<u32>(device) << 11 |
         static_cast<u32>(function) << 8 | (offset & 0xfcu);
}

volatile u8* mapped_address(u8 bus, u8 device, u8 function, u16 offset) {
  if (!mapped.base || bus < mapped.first_bus || bus > mapped.last_bus) return nullptr;
  return mapped.base + ((static_cast<u64>(bus) << 20) | (static_cast<u64>(device) << 15) |
                        (static_cast<u64>(function) << 12) | offset);
}

void map_range(const McfgEntry& entry) {
  const u64 size = (static_cast<u64>(entry.last_bus) - entry.first_bus + 1) << 20;
  const u64 start = entry.base + (static_cast<u64>(entry.first_bus) << 20);
  auto* address = static_cast<volatile u8*>(ioremap(start, size));
  if (!address) return;
  mapped.base = address - (static_cast<u64>(entry.first_bus) << 20);
  mapped.first_bus = entry.first_bus;
  mapped.last_bus = entry.last_bus;
  pr_info(
      "PCI: MMCONFIG for domain 0000 [bus %02x-%02x] at [mem 0x%08llx-0x%08llx] (base 0x%llx)\n",
      entry.first_bus, entry.last_bus, static_cast<unsigned long long>(start),
      static_cast<unsigned long long>(start + size - 1),
      static_cast<unsigned long long>(entry.base));
}

}  // namespace

void pci_config_init() {
  const AcpiHeader* table = pci_options().mapped_config ? acpi_find_table("MCFG") : nullptr;
  if (table && table->length >= mcfg_header_size + sizeof(McfgEntry)) {
    const auto* entry =
        reinterpret_cast<const McfgEntry*>(reinterpret_cast<const u8*>(table) + mcfg_header_size);
    if (entry->segment == 0 && entry->base != 0 && entry->first_bus <= entry->last_bus) {
      map_range(*entry);
    }
  }
  if (!mapped.base) pr_info("PCI: Using configuration type 1 for base access\n");
}

u32 pci_config_read(u8 bus, u8 device, u8 function, u16 offset) {
  if (const volatile u8* address = mapped_address(bus, device, function, offset)) {
    return readl(address);
  }
  if (offset > 0xff) return ~0u;
  const SpinLockIrqGuard guard(port_lock);
  outl(port_address(bus, device, function, offset), config_address);
  return inl(config_data);
}

void pci_config_write(u8 bus, u8 device, u8 function, u16 offset, u32 value, unsigned size) {
  if (volatile u8* address = mapped_address(bus, device, function, offset)) {
    if (size == 2) {
      *reinterpret_cast<volatile u16*>(address) = static_cast<u16>(value);
    } else {
      writel(value, address);
    }
    return;
  }
  if (offset > 0xff) return;
  const SpinLockIrqGuard guard(port_lock);
  outl(port_address(bus, device, function, offset), config_address);
  if (size == 2) {
    outw(static_cast<u16>(value), static_cast<u16>(config_data + (offset & 2)));
  } else {
    outl(value, config_data);
  }
}

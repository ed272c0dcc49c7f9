#include "guest/arch/ioapic.h"

#include "guest/arch/apic.h"
#include "guest/arch/cpu.h"
#include "guest/arch/interrupt.h"
#include "guest/arch/io.h"
#include "guest/iommu/irq_remapping.h"
#include "guest/kernel/cmdline.h"
#include "guest/kernel/messages.h"
#include "guest/mm/kernel_map.h"

namespace {

// 82093AA datasheet, section 3.0.
constexpr u32 kSelect = 0x00, kWindow = 0x10, kEnd = 0x40;
constexpr u8 kRegId = 0x00, kRegVersion = 0x01, kRegRedirection = 0x10;
constexpr u8 kFirstWithEnd = 0x20;  // version
constexpr u32 kActiveLow = 1u << 13, kLevel = 1u << 15, kMasked = 1u << 16;
// ACPI §5.2.12.5: polarity of an override.
constexpr u16 kPolarityMask = 3, kPolarityLow = 3;

constexpr int kMostIoApics = 128;
constexpr int kIsaIrqs = 16;

struct IoApic {
  u8 id;
  u8 version;
  u32 gsi_base;
  u32 pins;
  volatile u8* registers;
};
IoApic io_apics[kMostIoApics];
int io_apic_total;
bool skip_setup;

struct IsaOverride {
  bool present;
  u32 gsi;
  u16 flags;
};
IsaOverride overrides[kIsaIrqs];

bool setup_noapic(const char*) {
  skip_io_apic_setup();
  return true;
}
KERNEL_PARAM(noapic, "noapic", setup_noapic);

u32 read_register(const IoApic& chip, u8 index) {
  writel(index, chip.registers + kSelect);
  return readl(chip.registers + kWindow);
}

void write_register(const IoApic& chip, u8 index, u32 value) {
  writel(index, chip.registers + kSelect);
  writel(value, chip.registers + kWindow);
}

// Pins that a line is routed to keep their other fields as they were.
void mask_all(const IoApic& chip) {
  for (u32 pin = 0; pin < chip.pins; ++pin) {
    const u8 low = static_cast<u8>(kRegRedirection + 2 * pin);
    write_register(chip, low, read_register(chip, low) | kMasked);
  }
}

struct Pin {
  int chip, pin;
};

Pin find_pin(u32 gsi) {
  for (int i = 0; i < io_apic_total; ++i) {
    const IoApic& chip = io_apics[i];
    if (gsi >= chip.gsi_base && gsi < chip.gsi_base + chip.pins)
      return {i, static_cast<int>(gsi - chip.gsi_base)};
  }
  return {-1, -1};
}

Pin pin_of_irq(u8 irq) {
  const bool moved = irq < kIsaIrqs && overrides[irq].present;
  return find_pin(moved ? overrides[irq].gsi : irq);
}

bool is_active_low(u8 line) {
  if (line >= kIsaIrqs || !overrides[line].present) return true;
  return (overrides[line].flags & kPolarityMask) == kPolarityLow;
}

// `trigger`: kLevel and kActiveLow, or 0.
bool program_pin(Pin at, int cpu, int vector, u32 trigger) {
  if (skip_setup || at.chip < 0) return false;
  const IoApic& chip = io_apics[at.chip];
  u64 entry = static_cast<u64>(cpu_physical_id(cpu)) << 56 | static_cast<u32>(vector);
  if (irq_remapping_mode() != RemapMode::off &&
      !remap_io_apic_pin(chip.id, static_cast<u8>(at.pin), cpu, vector, (trigger & kLevel) != 0,
                         &entry))
    return false;
  const u8 low = static_cast<u8>(kRegRedirection + 2 * at.pin);
  write_register(chip, static_cast<u8>(low + 1), static_cast<u32>(entry >> 32));
  write_register(chip, low, static_cast<u32>(entry) | trigger);
  return true;
}

bool is_override_target(int irq) {
  for (const IsaOverride& entry : overrides) {
    if (entry.present && entry.gsi == static_cast<u32>(irq)) return true;
  }
  return false;
}

}  // namespace

void register_io_apic(u8 id, u32 address, u32 gsi_base) {
  if (io_apic_total == kMostIoApics) return;
  auto* registers = static_cast<volatile u8*>(ioremap(address, 0x20));
  if (registers == nullptr) return;
  IoApic chip = {id, 0, gsi_base, 0, registers};
  const u32 version = read_register(chip, kRegVersion);
  // arch/x86/kernel/apic/io_apic.c bad_ioapic_register()
  if (version == ~0u && read_register(chip, kRegId) == ~0u) {
    printk(msg::kIoapicBad, address);
    return;
  }
  chip.version = static_cast<u8>(version);
  chip.pins = (version >> 16 & 0xff) + 1;
  printk(msg::kIoapicFound, io_apic_total, id, version & 0xff, address, gsi_base,
         gsi_base + chip.pins - 1);
  io_apics[io_apic_total++] = chip;
}

int io_apic_count() { return io_apic_total; }
u8 io_apic_id(int index) { return io_apics[index].id; }

void override_isa_irq(u8 source, u32 gsi, u16 inti_flags) {
  if (source < kIsaIrqs) overrides[source] = {true, gsi, inti_flags};
}

void report_isa_overrides() {
  if (release::since(4, 18)) return;
  for (int irq = 0; irq < kIsaIrqs; ++irq) {
    if (overrides[irq].present || is_override_target(irq)) printk(msg::kIrqOverride, irq);
  }
}

void report_gsi_total() {
  if (release::since(3, 16)) return;
  u32 top = 0;
  for (int i = 0; i < io_apic_total; ++i)
    top = max_of(top, io_apics[i].gsi_base + io_apics[i].pins);
  printk(msg::kGsiTotal, top + kIsaIrqs);
}

void skip_io_apic_setup() { skip_setup = true; }
void forget_noapic() { skip_setup = false; }
bool io_apic_setup_skipped() { return skip_setup; }

void setup_io_apics() {
  if (skip_setup || io_apic_total == 0) return;
  for (int i = 0; i < io_apic_total; ++i) mask_all(io_apics[i]);
  mask_lint0();
  const Pin timer = find_pin(overrides[0].present ? overrides[0].gsi : 0);
  printk(msg::kTimerPin, kIrq0Vector, timer.chip, timer.pin, -1, -1);
}

bool route_isa_irq(u8 irq, int cpu, int vector) {
  return irq < kIsaIrqs && program_pin(pin_of_irq(irq), cpu, vector, 0);
}

bool route_pci_irq(u8 line, int cpu, int vector) {
  return program_pin(pin_of_irq(line), cpu, vector,
                     kLevel | (is_active_low(line) ? kActiveLow : 0));
}

// Chips without an EOI register forget Remote IRR while the entry is edge-triggered and masked
// (Linux __eoi_ioapic_pin()).
void end_remapped_pci_irq(u8 line) {
  const Pin at = pin_of_irq(line);
  const IoApic& chip = io_apics[at.chip];
  if (chip.version >= kFirstWithEnd) {
    writel(static_cast<u32>(at.pin), chip.registers + kEnd);
    return;
  }
  const u8 low = static_cast<u8>(kRegRedirection + 2 * at.pin);
  const u32 entry = read_register(chip, low);
  write_register(chip, low, (entry | kMasked) & ~kLevel);
  write_register(chip, low, entry);
}

#include "guest/iommu/irq_remapping_parts.h"

#include "guest/acpi/dmar_tables.h"
#include "guest/arch/ioapic.h"
#include "guest/drivers/pci.h"
#include "guest/drivers/pci_config.h"
#include "guest/iommu/interrupt_table.h"
#include "guest/iommu/queued_invalidation.h"
#include "guest/iommu/vtd_registers.h"
#include "guest/kernel/bug.h"
#include "guest/kernel/cmdline.h"
#include "guest/kernel/messages.h"
#include "guest/lib/text.h"

namespace {

bool switched_off;
bool no_x2apic_optout;
bool no_source_check;

bool starts_with(Text text, const char* start) {
  const Text wanted = text_of(start);
  return text.size >= wanted.size && same_text({text.start, wanted.size}, start);
}

// drivers/iommu/irq_remapping.c: a list with commas; what it does not know is passed over.
bool setup_intremap(const char* value) {
  if (value == nullptr) return false;
  Text list = text_of(value);
  while (!list.empty()) {
    const Text word = take_until(&list, ',');
    if (starts_with(word, "on")) switched_off = false;
    if (starts_with(word, "off")) switched_off = true;
    if (starts_with(word, "nosid")) no_source_check = true;
    if (starts_with(word, "no_x2apic_optout")) no_x2apic_optout = true;
  }
  return true;
}
bool setup_nointremap(const char*) {
  switched_off = true;
  return true;
}
KERNEL_PARAM(intremap, "intremap", setup_intremap);
KERNEL_PARAM(nointremap, "nointremap", setup_nointremap);

// Revisions of 5500, 5520 and X58 (Intel 321324, errata 47 and 53). 3.13 and 4.12 judge
// differently.
bool has_erratum(u16 device, u8 revision) {
  if (device == 0x3405 && revision == 0x22) return true;
  if (release::since(3, 15)) return revision <= 0x13;
  return revision == 0x13 || (device == 0x3405 && revision == 0x12);
}

}  // namespace

bool irq_remapping_switched_off() { return switched_off; }
bool x2apic_optout_overruled() { return no_x2apic_optout; }
bool remapping_checks_sources() { return !no_source_check; }

bool unit_remaps_interrupts(const DmarUnit& unit) { return (unit.ecap & kEcapInterruptRemap) != 0; }

bool all_io_apics_covered() {
  for (int i = 0; i < io_apic_count(); ++i) {
    DmarSource source;
    if (dmar_find_io_apic(io_apic_id(i), &source)) continue;
    printk(msg::kIoapicUncovered, io_apic_id(i));
    return false;
  }
  return true;
}

void set_interrupt_table(int index, bool extended) {
  const DmarUnit& unit = dmar_unit(index);
  writeq(interrupt_table_register(index, extended), unit.registers + kVtdTableAddress);
  vtd_command(unit, kVtdTablePointer, 0, kVtdTablePointer, kVtdTablePointer);
  flush_interrupt_entries(index);
}

void switch_remapping_on(int index) {
  const DmarUnit& unit = dmar_unit(index);
  vtd_command(unit, kVtdRemapEnable, kVtdCompatibility, kVtdRemapEnable, kVtdRemapEnable);
  // 3.2 does not look at this.
  if (!release::is_3_2 && (readl(unit.registers + kVtdGlobalStatus) & kVtdCompatibility) != 0)
    warn_firmware(__FILE__, __LINE__, msg::kCompatibilityOn);
}

void disable_remapping(int index) {
  const DmarUnit& unit = dmar_unit(index);
  if ((readl(unit.registers + kVtdGlobalStatus) & kVtdRemapEnable) != 0)
    vtd_command(unit, 0, kVtdRemapEnable, kVtdRemapEnable, 0);
}

bool remapping_is_broken() {
  if (release::is_3_2) return false;
  const u32 id = pci_config_read(0, 0, 0, 0);
  const u16 device = static_cast<u16>(id >> 16);
  if ((id & 0xffff) != 0x8086 || (device != 0x3403 && device != 0x3405 && device != 0x3406))
    return false;
  const u8 revision = static_cast<u8>(pci_config_read(0, 0, 0, kPciClassRevision));
  if (!has_erratum(device, revision)) return false;
  printk(msg::kIrErratum);
  add_taint(Taint::kFirmwareWorkaround);
  return true;
}

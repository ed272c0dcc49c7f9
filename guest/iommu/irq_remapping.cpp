// Interrupt remapping as Linux 3.13 sets it up (drivers/iommu/intel_irq_remapping.c).
#include "guest/iommu/irq_remapping.h"

#include "guest/acpi/dmar.h"
#include "guest/acpi/dmar_tables.h"
#include "guest/arch/ioapic.h"
#include "guest/iommu/interrupt_table.h"
#include "guest/iommu/queued_invalidation.h"
#include "guest/iommu/vtd_faults.h"
#include "guest/iommu/vtd_registers.h"
#include "guest/kernel/bug.h"
#include "guest/kernel/cmdline.h"
#include "guest/kernel/messages.h"
#include "guest/lib/string.h"
#include "guest/lib/text.h"

namespace {

RemapMode mode;
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
// Interrupt remapping does not depend on it.
bool setup_intel_iommu(const char* value) {
  if (value == nullptr) return false;
  if (strcmp(value, "off") != 0) printk(msg::kNoDmaRemapping, value);
  return true;
}
KERNEL_PARAM(intel_iommu, "intel_iommu", setup_intel_iommu);
KERNEL_PARAM(intremap, "intremap", setup_intremap);
KERNEL_PARAM(nointremap, "nointremap", setup_nointremap);

bool has_remapping(const DmarUnit& unit) { return (unit.ecap & kEcapInterruptRemap) != 0; }

bool all_io_apics_covered() {
  for (int i = 0; i < io_apic_count(); ++i) {
    DmarSource source;
    if (dmar_find_io_apic(io_apic_id(i), &source)) continue;
    printk(msg::kIoapicUncovered, io_apic_id(i));
    return false;
  }
  return true;
}

void undo_loader() {
  for (int i = 0; i < dmar_unit_count(); ++i) {
    const DmarUnit& unit = dmar_unit(i);
    clear_remapping_faults(i);
    if ((readl(unit.registers + kVtdGlobalStatus) & kVtdRemapEnable) != 0)
      vtd_command(unit, 0, kVtdRemapEnable, kVtdRemapEnable, 0);
    disable_queued_invalidation(i);
  }
}

bool units_have_extended_ids() {
  for (int i = 0; i < dmar_unit_count(); ++i) {
    const DmarUnit& unit = dmar_unit(i);
    if ((unit.ecap & kEcapExtended) != 0) continue;
    printk(msg::kNoEim, static_cast<unsigned long long>(unit.base),
           static_cast<unsigned long long>(unit.ecap));
    return false;
  }
  return true;
}

bool enable_queues() {
  for (int i = 0; i < dmar_unit_count(); ++i) {
    const int result = enable_queued_invalidation(i);
    if (result == 0) continue;
    const DmarUnit& unit = dmar_unit(i);
    printk(msg::kQueueFailed, static_cast<unsigned long long>(unit.base),
           static_cast<unsigned long long>(unit.ecap), result);
    return false;
  }
  return true;
}

void switch_unit_on(int index, bool extended) {
  const DmarUnit& unit = dmar_unit(index);
  writeq(interrupt_table_register(index, extended), unit.registers + kVtdTableAddress);
  vtd_command(unit, kVtdTablePointer, 0, kVtdTablePointer, kVtdTablePointer);
  flush_interrupt_entries(index);
  vtd_command(unit, kVtdRemapEnable, kVtdCompatibility, kVtdRemapEnable, kVtdRemapEnable);
  // 3.2 does not look at this.
  if (!release::is_3_2 && (readl(unit.registers + kVtdGlobalStatus) & kVtdCompatibility) != 0)
    warn_firmware(__FILE__, __LINE__, msg::kCompatibilityOn);
}

bool switch_units_on(bool extended) {
  for (int i = 0; i < dmar_unit_count(); ++i) {
    if (!allocate_interrupt_table(i)) return false;
    switch_unit_on(i, extended);
  }
  return true;
}

bool wants_extended(bool x2apic) {
  if (!x2apic) return false;
  printk(msg::kQueuedInvalidation);
  if (no_x2apic_optout || !dmar_x2apic_optout()) return true;
  if constexpr (release::is_3_2)
    warn_slowpath_text(__FILE__, __LINE__, msg::kX2apicOptOut);
  else
    printk(msg::kX2apicOptOut);
  return false;
}

RemapMode try_enable(bool x2apic) {
  dmar_list_interrupt_sources();
  if (!all_io_apics_covered()) {
    printk(msg::kIrNotEnabled);
    return RemapMode::off;
  }
  const bool extended = wants_extended(x2apic);
  undo_loader();
  if (extended && !units_have_extended_ids()) return RemapMode::off;
  if (!enable_queues() || !switch_units_on(extended)) return RemapMode::off;
  printk(msg::kIrEnabled, extended ? "x2apic" : "xapic");
  return extended ? RemapMode::x2apic : RemapMode::xapic;
}

}  // namespace

bool irq_remapping_supported() {
  if (switched_off || !dmar_remaps_interrupts()) return false;
  for (int i = 0; i < dmar_unit_count(); ++i) {
    if (!has_remapping(dmar_unit(i))) return false;
  }
  return dmar_unit_count() > 0;
}

RemapMode enable_irq_remapping(bool x2apic) {
  mode = try_enable(x2apic);
  if (!release::is_3_2 && mode == RemapMode::off && x2apic) printk(msg::kIrFailed);
  return mode;
}

RemapMode irq_remapping_mode() { return mode; }
bool remapping_checks_sources() { return !no_source_check; }

// Interrupt remapping as Linux sets it up since 3.19: first what can fail (drivers/iommu/
// intel_irq_remapping.c intel_prepare_irq_remapping()), then the switch.
#include "guest/acpi/dmar.h"
#include "guest/acpi/dmar_tables.h"
#include "guest/arch/cpu.h"
#include "guest/iommu/interrupt_table.h"
#include "guest/iommu/irq_remapping.h"
#include "guest/iommu/irq_remapping_parts.h"
#include "guest/iommu/queued_invalidation.h"
#include "guest/iommu/vtd_faults.h"
#include "guest/iommu/vtd_registers.h"
#include "guest/kernel/messages.h"

namespace {

RemapMode mode;
bool extended_wanted;

// intel_cleanup_irq_remapping()
bool give_up() {
  for (int i = 0; i < dmar_unit_count(); ++i) {
    if (unit_remaps_interrupts(dmar_unit(i))) disable_remapping(i);
  }
  if (boot_cpu_data.x2apic) printk(msg::kIrFailed);
  return false;
}

bool any_unit_remaps() {
  for (int i = 0; i < dmar_unit_count(); ++i) {
    if (unit_remaps_interrupts(dmar_unit(i))) return true;
  }
  return false;
}

bool all_units_remap() {
  for (int i = 0; i < dmar_unit_count(); ++i) {
    if (!unit_remaps_interrupts(dmar_unit(i))) return false;
  }
  return true;
}

// parse_ioapics_under_ir()
bool sources_are_covered() {
  return any_unit_remaps() && dmar_list_interrupt_sources() && all_io_apics_covered();
}

// 32-bit ids unless firmware or a unit is against it.
bool wants_extended() {
  bool extended = false;
  if (boot_cpu_data.x2apic) {
    extended = x2apic_optout_overruled() || !dmar_x2apic_optout();
    if (!extended) {
      printk(msg::kX2apicOptOut);
      printk(msg::kX2apicOptOutHint);
    }
  }
  for (int i = 0; extended && i < dmar_unit_count(); ++i) {
    const int index = dmar_position(i);
    if ((dmar_unit(index).ecap & kEcapExtended) != 0) continue;
    printk(msg::kUnitNoEim, index);
    extended = false;
  }
  return extended;
}

// intel_setup_irq_remapping()
bool set_up_unit(int index) {
  const DmarUnit& unit = dmar_unit(index);
  if (!allocate_interrupt_table(index)) return false;
  clear_remapping_faults(index);
  disable_queued_invalidation(index);
  if (enable_queued_invalidation(index) != 0) {
    printk(msg::kUnitQueueFailed);
    return false;
  }
  if ((readl(unit.registers + kVtdGlobalStatus) & kVtdRemapEnable) != 0) {
    printk(msg::kIrPreEnabled, index);
    disable_remapping(index);
  }
  set_interrupt_table(index, extended_wanted);
  return true;
}

bool set_up_units() {
  for (int i = 0; i < dmar_unit_count(); ++i) {
    const int index = dmar_position(i);
    if (set_up_unit(index)) continue;
    printk(msg::kUnitIrFailed, index);
    return false;
  }
  return true;
}

}  // namespace

bool irq_remapping_supported() {
  if (irq_remapping_switched_off() || remapping_is_broken()) return false;
  if (!dmar_table_init() || !dmar_remaps_interrupts()) return false;
  if (!sources_are_covered()) {
    printk(msg::kIrNotEnabled);
    return give_up();
  }
  if (!all_units_remap()) return give_up();
  extended_wanted = wants_extended();
  if (extended_wanted) printk(msg::kQueuedInvalidation);
  return set_up_units() || give_up();
}

RemapMode enable_irq_remapping(bool) {
  for (int i = 0; i < dmar_unit_count(); ++i) switch_remapping_on(dmar_position(i));
  mode = extended_wanted ? RemapMode::x2apic : RemapMode::xapic;
  printk(msg::kIrEnabled, extended_wanted ? "x2apic" : "xapic");
  return mode;
}

RemapMode irq_remapping_mode() { return mode; }

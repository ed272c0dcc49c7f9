// Interrupt remapping as Linux 3.2 and 3.13 set it up (drivers/iommu/intel_irq_remapping.c).
#include "guest/iommu/irq_remapping.h"

#include "guest/acpi/dmar.h"
#include "guest/acpi/dmar_tables.h"
#include "guest/arch/ioapic.h"
#include "guest/iommu/interrupt_table.h"
#include "guest/iommu/irq_remapping_parts.h"
#include "guest/iommu/queued_invalidation.h"
#include "guest/iommu/vtd_faults.h"
#include "guest/iommu/vtd_registers.h"
#include "guest/kernel/bug.h"
#include "guest/kernel/messages.h"

namespace {

RemapMode mode;

void undo_loader() {
  for (int i = 0; i < dmar_unit_count(); ++i) {
    clear_remapping_faults(i);
    disable_remapping(i);
    disable_queued_invalidation(i);
  }
}

bool units_have_extended_ids() {
  for (int i = 0; i < dmar_unit_count(); ++i) {
    const DmarUnit& unit = dmar_unit(dmar_position(i));
    if ((unit.ecap & kEcapExtended) != 0) continue;
    printk(msg::kNoEim, static_cast<unsigned long long>(unit.base),
           static_cast<unsigned long long>(unit.ecap));
    return false;
  }
  return true;
}

bool enable_queues() {
  for (int i = 0; i < dmar_unit_count(); ++i) {
    const int index = dmar_position(i);
    const int result = enable_queued_invalidation(index);
    if (result == 0) continue;
    const DmarUnit& unit = dmar_unit(index);
    printk(msg::kQueueFailed, static_cast<unsigned long long>(unit.base),
           static_cast<unsigned long long>(unit.ecap), result);
    return false;
  }
  return true;
}

bool switch_units_on(bool extended) {
  for (int i = 0; i < dmar_unit_count(); ++i) {
    const int index = dmar_position(i);
    if (!allocate_interrupt_table(index)) return false;
    set_interrupt_table(index, extended);
    switch_remapping_on(index);
  }
  return true;
}

bool wants_extended(bool x2apic) {
  if (!x2apic) return false;
  printk(msg::kQueuedInvalidation);
  if (x2apic_optout_overruled() || !dmar_x2apic_optout()) return true;
  if constexpr (release::is_3_2)
    warn_slowpath_text(__FILE__, __LINE__, msg::kX2apicOptOut);
  else
    printk(msg::kX2apicOptOut);
  return false;
}

RemapMode try_enable(bool x2apic) {
  if (!dmar_list_interrupt_sources() || !all_io_apics_covered()) {
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
  if (irq_remapping_switched_off() || remapping_is_broken()) return false;
  if (!dmar_remaps_interrupts()) return false;
  // One unit that cannot leaves all alone; the loops of intel_enable_irq_remapping() that pass over
  // such units are never reached with one.
  for (int i = 0; i < dmar_unit_count(); ++i) {
    if (!unit_remaps_interrupts(dmar_unit(i))) return false;
  }
  return dmar_unit_count() > 0;
}

RemapMode enable_irq_remapping(bool x2apic) {
  mode = try_enable(x2apic);
  if (!release::is_3_2 && mode == RemapMode::off && x2apic) printk(msg::kIrFailed);
  return mode;
}

RemapMode irq_remapping_mode() { return mode; }

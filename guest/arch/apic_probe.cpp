// Which driver, so which routing of interrupts: arch/x86/kernel/apic/probe_64.c, x2apic_phys.c and
// apic_flat_64.c of Linux 3.13 and 3.2.
#include "guest/acpi/acpi.h"
#include "guest/arch/apic_driver.h"
#include "guest/arch/cpu.h"
#include "guest/kernel/cmdline.h"
#include "guest/kernel/messages.h"
#include "guest/kernel/release.h"

namespace {

constexpr u32 kFadtPhysicalApic = 1u << 19;  // ACPI §5.2.9.3, FORCE_APIC_PHYSICAL_DESTINATION_MODE
constexpr u8 kFadtWithFlag = 3;              // ACPI 2.0 and later
constexpr int kMostFlatCpus = 8;             // one bit each, SDM Vol. 3 §11.6.2.2

bool physical_x2apic;

bool setup_x2apic_phys(const char*) {
  physical_x2apic = true;
  return true;
}
KERNEL_PARAM(x2apic_phys, "x2apic_phys", setup_x2apic_phys);

bool fadt_wants_physical() {
  const AcpiFadt* fadt = acpi_fadt();
  if (fadt == nullptr || fadt->header.revision < kFadtWithFlag) return false;
  return (fadt->flags & kFadtPhysicalApic) != 0;
}

bool x2apic_fadt_physical() {
  if (!fadt_wants_physical()) return false;
  printk(msg::kX2apicPhysicalByFadt);
  return true;
}

const ApicDriver* x2apic_driver() {
  return physical_x2apic || x2apic_fadt_physical() ? &apic_physical_x2apic : &apic_cluster_x2apic;
}

bool flat_fadt_physical() {
  if (!fadt_wants_physical()) return false;
  printk(msg::kPhysicalFlatByFadt);
  return true;
}

}  // namespace

void force_physical_x2apic() { physical_x2apic = true; }

// default_acpi_madt_oem_check(): what the firmware has left on decides.
void choose_early_apic_driver() {
  const ApicDriver* driver = x2apic_enabled()       ? x2apic_driver()
                             : flat_fadt_physical() ? &apic_physical_flat
                                                    : &apic_flat;
  if (driver == apic_driver()) return;
  set_apic_driver(driver);
  printk(msg::kSettingRouting, driver->name);
}

// default_setup_apic_routing()
void choose_apic_driver(bool x2apic) {
  const ApicDriver* before = apic_driver();
  // Physical destinations once chosen stay.
  const ApicDriver* driver = x2apic                       ? x2apic_driver()
                             : nr_cpu_ids > kMostFlatCpus ? &apic_physical_flat
                                                          : &apic_flat;
  if (before->x2apic == x2apic && !before->logical) driver = before;
  start_apic_driver(driver);
  if (driver != before) printk(msg::kSwitchedRouting, driver->name);
}

// Which mode the local APICs run in, and how interrupts are routed: arch/x86/kernel/apic/apic.c
// enable_IR_x2apic() and probe_64.c of Linux 3.13 and 3.2.
#include "guest/acpi/acpi.h"
#include "guest/acpi/dmar.h"
#include "guest/arch/apic_driver.h"
#include "guest/arch/cpu.h"
#include "guest/arch/ioapic.h"
#include "guest/arch/irqflags.h"
#include "guest/arch/topology.h"
#include "guest/iommu/irq_remapping.h"
#include "guest/kernel/bug.h"
#include "guest/kernel/cmdline.h"
#include "guest/kernel/messages.h"
#include "guest/lib/string.h"
#include "guest/mm/kernel_map.h"

namespace {

constexpr u64 kDefaultBase = 0xfee00000;
constexpr u32 kFadtPhysicalApic = 1u << 19;  // ACPI §5.2.9.3, FORCE_APIC_PHYSICAL_DESTINATION_MODE
constexpr u8 kFadtWithFlag = 3;              // ACPI 2.0 and later

bool no_x2apic;
bool no_apic;
bool physical_x2apic;

bool setup_nox2apic(const char*) {
  no_x2apic = true;
  return true;
}
bool setup_nolapic(const char*) {
  no_apic = true;
  return true;
}
bool setup_x2apic_phys(const char*) {
  physical_x2apic = true;
  return true;
}
KERNEL_PARAM(nox2apic, "nox2apic", setup_nox2apic);
KERNEL_PARAM(x2apic_phys, "x2apic_phys", setup_x2apic_phys);
KERNEL_PARAM(nolapic, "nolapic", setup_nolapic);

// A hypervisor that lets x2APIC be used without interrupt remapping: KVM and Xen say so by their
// name (arch/x86/kernel/kvm.c, arch/x86/xen/enlighten.c).
bool hypervisor_has_x2apic() {
  if ((cpuid(1).ecx >> 31 & 1) == 0) return false;
  for (u32 base = 0x40000000; base < 0x40010000; base += 0x100) {
    const CpuidResult r = cpuid(base);
    const u32 words[3] = {r.ebx, r.ecx, r.edx};
    if (memcmp(words, "KVMKVMKVM\0\0\0", 12) == 0) return true;
    if (memcmp(words, "XenVMMXenVMM", 12) == 0) return true;
  }
  return false;
}

void use_page() {
  u64 base = acpi_local_apic_address();
  if (base == 0) base = kDefaultBase;
  auto* page = static_cast<volatile u8*>(ioremap(base, 0x1000));
  BUG_ON(page == nullptr);
  set_apic_page(page);
  set_apic_driver(&apic_flat);
}

void leave_x2apic() {
  printk(msg::kDisablingX2apic);
  disable_x2apic();
}

// The firmware left x2APIC on and nox2apic wants it off. True if it cannot be.
bool refuse_nox2apic() {
  if constexpr (release::is_3_2) {
    printk(msg::kNox2apicTooLate);
    return true;
  }
  if (all_apic_ids_fit_xapic()) {
    printk(msg::kWillDisableX2apic);
    return false;
  }
  printk(msg::kCannotEnforceNox2apic, cpu_physical_id(0));
  return true;
}

bool try_irq_remapping(bool preenabled, bool x2apic, RemapMode* mode) {
  if (!irq_remapping_supported()) return false;
  if (!preenabled && io_apic_setup_skipped()) {
    printk(msg::kIrSkipped);
    return false;
  }
  *mode = enable_irq_remapping(x2apic);
  return *mode != RemapMode::off;
}

// 3.2 ends with the firmware's x2APIC mode on and nothing that could serve it.
void x2apic_is_not_used(bool preenabled, bool remapping) {
  if constexpr (release::is_3_2) {
    if (preenabled) panic("x2apic: enabled by BIOS but kernel init failed.");
    if (!remapping) printk(msg::kX2apicNoRemapping);
  } else if (preenabled) {
    leave_x2apic();
  }
}

// Whether the CPUs are to run in x2APIC mode.
bool decide_x2apic(bool tables_good, bool preenabled, bool x2apic) {
  RemapMode mode = RemapMode::off;
  const bool remapping = tables_good && try_irq_remapping(preenabled, x2apic, &mode);
  if (!x2apic) return false;
  if (!remapping) {
    if (!all_apic_ids_fit_xapic() || !hypervisor_has_x2apic()) {
      x2apic_is_not_used(preenabled, remapping);
      return false;
    }
    // Without remapping, I/O APICs and MSIs reach all CPUs in physical mode only.
    physical_x2apic = true;
  }
  if (mode == RemapMode::xapic) {
    if (release::is_3_2) x2apic_is_not_used(preenabled, remapping);
    printk(msg::kX2apicNotEnabled);
    return preenabled;
  }
  if (!preenabled) {
    printk(msg::kEnablingX2apic);
    enable_x2apic();
    printk(msg::kEnabledX2apic);
  }
  return true;
}

bool firmware_wants_physical() {
  const AcpiFadt* fadt = acpi_fadt();
  if (fadt == nullptr || fadt->header.revision < kFadtWithFlag) return false;
  if ((fadt->flags & kFadtPhysicalApic) == 0) return false;
  printk(msg::kX2apicPhysicalByFadt);
  return true;
}

}  // namespace

void init_apic_mode() {
  const bool tables_good = dmar_table_init();
  if (no_apic || !boot_cpu_data.apic) return;
  bool preenabled = boot_cpu_data.x2apic && x2apic_enabled();
  bool x2apic = boot_cpu_data.x2apic && !no_x2apic;
  if (preenabled) printk(msg::kX2apicByBios);
  if (preenabled && no_x2apic) {
    x2apic = refuse_nox2apic();
    if (!x2apic) leave_x2apic();
    preenabled = x2apic;
  }
  if (decide_x2apic(tables_good, preenabled, x2apic)) {
    set_apic_driver(&apic_cluster_x2apic);
  } else {
    use_page();
  }
}

void setup_apic_routing() {
  const ApicDriver* driver = apic_driver();
  if (driver == nullptr) return;
  if (driver->x2apic && (physical_x2apic || firmware_wants_physical()))
    set_apic_driver(&apic_physical_x2apic);
  if (driver == &apic_flat && nr_cpu_ids > 8) set_apic_driver(&apic_physical_flat);
  // Flat is what the kernel starts with.
  if (apic_driver() != &apic_flat) printk(msg::kSwitchedRouting, apic_driver()->name);
}

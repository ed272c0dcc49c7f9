// Which mode the local APICs run in: arch/x86/kernel/apic/apic.c check_x2apic(), enable_IR_x2apic()
// of Linux 3.13 and 3.2; from 3.19 on, apic_mode_4_12.cpp.
#include "guest/acpi/dmar.h"
#include "guest/arch/apic_driver.h"
#include "guest/arch/apic_mode_parts.h"
#include "guest/arch/cpu.h"
#include "guest/arch/cpu_info.h"
#include "guest/arch/ioapic.h"
#include "guest/arch/irqflags.h"
#include "guest/arch/topology.h"
#include "guest/iommu/irq_remapping.h"
#include "guest/kernel/bug.h"
#include "guest/kernel/cmdline.h"
#include "guest/kernel/messages.h"

namespace {

bool no_x2apic;     // nox2apic, and it can be obeyed
bool preenabled;    // by the firmware, on the boot CPU
bool switched_off;  // it was, and this kernel left it; the other CPUs have to follow

// 3.13 goes back from the firmware's x2APIC mode if the boot CPU's id allows that; 3.2 does not.
void enforce_nox2apic() {
  if constexpr (release::is_3_2) {
    printk(msg::kNox2apicTooLate);
    return;
  }
  const u32 id = initial_apic_id();
  if (id >= 0xff) {
    printk(msg::kCannotEnforceNox2apic, id);
    return;
  }
  printk(msg::kWillDisableX2apic);
  no_x2apic = true;
}

bool setup_nox2apic(const char*) {
  if (x2apic_enabled())
    enforce_nox2apic();
  else
    no_x2apic = true;
  return true;
}
KERNEL_PARAM(nox2apic, "nox2apic", setup_nox2apic);

void leave_x2apic() {
  const u32 id = initial_apic_id();
  if (id >= 0xff) panic(msg::kCannotDisableX2apic, id);
  printk(msg::kDisablingX2apic);
  disable_x2apic();
  switched_off = true;
}

bool try_irq_remapping(bool x2apic, RemapMode* mode) {
  if (!irq_remapping_supported()) return false;
  if (!preenabled && io_apic_setup_skipped()) {
    printk(msg::kIrSkipped);
    return false;
  }
  *mode = enable_irq_remapping(x2apic);
  return *mode != RemapMode::off;
}

// 3.2 ends with the firmware's x2APIC mode on and nothing that could serve it.
void x2apic_is_not_used(bool remapping) {
  if constexpr (release::is_3_2) {
    if (preenabled) panic("x2apic: enabled by BIOS but kernel init failed.");
    if (!remapping) printk(msg::kX2apicNoRemapping);
  } else if (preenabled) {
    leave_x2apic();
  }
}

// Whether the CPUs are to run in x2APIC mode.
bool decide_x2apic(bool tables_good, bool x2apic) {
  RemapMode mode = RemapMode::off;
  const bool remapping = tables_good && try_irq_remapping(x2apic, &mode);
  if (!x2apic) return false;
  if (!remapping) {
    // I/O APICs and MSIs have 8 bits for an id then.
    if (max_physical_apic_id() > 255 || !hypervisor_has_x2apic()) {
      x2apic_is_not_used(remapping);
      return false;
    }
    // And they reach all CPUs in physical mode only.
    force_physical_x2apic();
  }
  if (mode == RemapMode::xapic) {
    if (release::is_3_2) x2apic_is_not_used(remapping);
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

}  // namespace

void check_x2apic() {
  preenabled = apic_wanted() && x2apic_enabled();
  if (preenabled) printk(msg::kX2apicByBios);
}

void init_apic_mode() {
  const bool tables_good = dmar_table_init();
  if (!apic_wanted()) {
    printk(msg::kApicDisabled);
    printk(msg::kDummyApic);
    return;
  }
  const bool x2apic = boot_cpu_data.x2apic && !no_x2apic;
  if (preenabled && no_x2apic) {
    leave_x2apic();
    preenabled = false;
  }
  const bool mode = decide_x2apic(tables_good, x2apic);
  if (!mode) use_apic_page();
  choose_apic_driver(mode);
}

// arch/x86/kernel/apic/apic.c enable_x2apic(), which cpu_init() calls on the others. An APIC that
// the firmware left in x2APIC mode stays there if this kernel never was in it.
void follow_apic_mode() {
  if (!apic_available()) return;
  if (switched_off)
    disable_x2apic();
  else if (apic_driver()->x2apic)
    enable_x2apic();
}

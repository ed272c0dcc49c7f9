// Which mode the local APICs run in: arch/x86/kernel/apic/apic.c check_x2apic(),
// enable_IR_x2apic(), try_to_enable_x2apic() since 3.19.
#include "guest/acpi/acpi.h"
#include "guest/arch/apic_driver.h"
#include "guest/arch/apic_mode_parts.h"
#include "guest/arch/cpu.h"
#include "guest/arch/cpu_info.h"
#include "guest/arch/ioapic.h"
#include "guest/arch/msr.h"
#include "guest/arch/topology.h"
#include "guest/iommu/irq_remapping.h"
#include "guest/kernel/bug.h"
#include "guest/kernel/cmdline.h"
#include "guest/kernel/messages.h"

namespace {

enum class X2apicState { off, on, disabled };
X2apicState state = X2apicState::off;

// With nox2apic, too.
bool is_in_mode() {
  constexpr u64 kX2apic = 1u << 10;  // IA32_APIC_BASE.EXTD (SDM Vol. 3 §11.12.1)
  return (rdmsr(kMsrApicBase) & kX2apic) != 0;
}

// __x2apic_disable() and __x2apic_enable(): each tells of it once, whatever CPU it is.
void leave_mode() {
  static bool told;
  if (!is_in_mode()) return;
  disable_x2apic();
  if (!told) printk(msg::kDisabledX2apic);
  told = true;
}

void enter_mode() {
  static bool told;
  if (is_in_mode()) return;
  enable_x2apic();
  if (!told) printk(msg::kEnabledX2apic);
  told = true;
}

bool setup_nox2apic(const char*) {
  if (x2apic_enabled()) {
    const u32 id = initial_apic_id();
    if (id >= 0xff) {
      printk(msg::kCannotEnforceNox2apic, id);
      return true;
    }
    printk(msg::kX2apicAlready);
    leave_mode();
  }
  // The CPUs count as such that have no x2APIC.
  boot_cpu_data.x2apic = false;
  state = X2apicState::disabled;
  return true;
}
KERNEL_PARAM(nox2apic, "nox2apic", setup_nox2apic);

// x2apic_disable()
void give_up_mode() {
  const bool was_on = state == X2apicState::on;
  state = X2apicState::disabled;
  if (!was_on) return;
  const u32 id = initial_apic_id();
  if (id >= 0xff) panic(msg::kCannotDisableX2apic, id);
  leave_mode();
}

// try_to_enable_x2apic()
void decide(RemapMode mode) {
  if (state == X2apicState::disabled) return;
  if (mode != RemapMode::x2apic) {
    // I/O APICs and MSIs have 8 bits for an id then, and reach all CPUs in physical mode only. From
    // 5.11 on, CPUs beyond are left out in place of the mode.
    const bool ids_fit = release::since(5, 11) || max_physical_apic_id() <= 255;
    if (!ids_fit || !hypervisor_has_x2apic()) {
      printk(msg::kX2apicNoRemapping);
      give_up_mode();
      return;
    }
    force_physical_x2apic();
  }
  if (state != X2apicState::off) return;
  state = X2apicState::on;
  enter_mode();
}

// enable_IR_x2apic()
void enable_remapping_and_mode() {
  if (io_apic_setup_skipped()) {
    printk(msg::kIrSkipped);
    return;
  }
  const bool prepared = irq_remapping_supported();
  if (!prepared && !boot_cpu_data.x2apic) return;
  decide(prepared ? enable_irq_remapping(boot_cpu_data.x2apic) : RemapMode::off);
}

#if GUEST_RELEASE >= 415
// apic_intr_mode_init() since 4.15. False if there is no APIC to set up.
bool announce_mode() {
  if (!apic_wanted()) {
    printk(apic_forbidden() ? msg::kApicDisabled : msg::kApicMissing);
    printk(msg::kApicKeepPic);
    return false;
  }
  if (!acpi_has_local_apics()) {
    printk(msg::kApicUnlisted);
    printk(msg::kApicWire);
  } else if (most_cpus_to_start() == 0) {
    printk(msg::kApicSmpDeactivated);
    printk(msg::kApicSymmetricAlone);
  } else {
    printk(msg::kApicSymmetric);
  }
  return true;
}

bool remapping_is_due() { return true; }
#else
bool announce_mode() {
  if (apic_wanted()) return true;
  printk(msg::kApicDisabled);
  printk(msg::kDummyApic);
  return false;
}

// Where only one CPU is wanted, native_smp_prepare_cpus() does not get as far as the routing.
bool remapping_is_due() { return most_cpus_to_start() != 0; }
#endif

}  // namespace

void check_x2apic() {
  if (!apic_wanted()) return;
  if (x2apic_enabled()) {
    printk(msg::kX2apicByBios);
    state = X2apicState::on;
  } else if (!boot_cpu_data.x2apic) {
    state = X2apicState::disabled;
  }
}

void init_apic_mode() {
  if (!announce_mode()) return;
  if (remapping_is_due()) enable_remapping_and_mode();
  const bool mode = state == X2apicState::on;
  if (!mode) use_apic_page();
  choose_apic_driver(mode);
}

// x2apic_setup()
void follow_apic_mode() {
  if (!apic_available()) return;
  if (state == X2apicState::on)
    enter_mode();
  else
    leave_mode();
}

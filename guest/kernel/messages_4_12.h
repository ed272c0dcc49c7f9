#pragma once

#include "guest/kernel/message_tables.h"
#include "guest/kernel/printk.h"

// What Linux 4.12 says otherwise than 3.13, with the file that says it.
namespace msg_4_12 {

// init/main.c linux_banner; the build host and the compiler are left out, so that images compare.
inline constexpr char kBanner[] = KERN_NOTICE "Linux version 4.12.0-guest (guest@guest) #1 SMP\n";
inline constexpr char kRelease[] = "4.12.0-guest";

// drivers/acpi/acpica/tbprint.c; with the interpreter's date
inline constexpr char kAcpiRsdp[] = KERN_INFO "ACPI: RSDP 0x%016llX %06X (v%.2d %-6.6s)\n";
inline constexpr char kAcpiTable[] =
    KERN_INFO "ACPI: %-4.4s 0x%016llX %06X (v%.2d %-6.6s %-8.8s %08X %-4.4s %08X)\n";
inline constexpr char kAcpiFacs[] = KERN_INFO "ACPI: %-4.4s 0x%016llX %06X\n";
inline constexpr char kAcpiBadChecksum[] = KERN_WARNING
    "ACPI BIOS Warning (bug): Incorrect checksum in table [%4.4s] - 0x%2.2X, should be 0x%2.2X "
    "(20170303/tbprint-211)\n";

// kernel/smp.c smp_init()
inline void print_booted_up(int nodes, int cpus) {
  printk(KERN_INFO "smp: Brought up %d node%s, %d CPU%s\n", nodes, nodes > 1 ? "s" : "", cpus,
         cpus > 1 ? "s" : "");
}
// arch/x86/kernel/cpu/common.c print_cpu_info()
inline void print_cpu_model(const char* name, u32 family, u32 model, u32 stepping) {
  printk(KERN_CONT "%s (family: 0x%x, model: 0x%x", name, family, model);
  printk(KERN_CONT ", stepping: 0x%x)\n", stepping);
}

// arch/x86/kernel/apic/apic.c
inline constexpr char kX2apicByBios[] =
    KERN_INFO "x2apic: enabled by BIOS, switching to x2apic ops\n";
inline constexpr char kEnabledX2apic[] = KERN_INFO "x2apic enabled\n";
inline constexpr char kDisabledX2apic[] = KERN_INFO "x2apic disabled\n";
inline constexpr char kX2apicAlready[] = KERN_WARNING "x2apic already enabled.\n";
inline constexpr char kX2apicNoRemapping[] =
    KERN_INFO "x2apic: IRQ remapping doesn't support X2APIC mode\n";
inline constexpr char kIrSkipped[] =
    KERN_INFO "Not enabling interrupt remapping due to skipped IO-APIC setup\n";

// kernel/reboot.c kernel_power_off()
inline constexpr char kPowerDown[] = KERN_EMERG "reboot: Power down\n";

// drivers/iommu/dmar.c
inline constexpr char kHostAddressWidth[] = KERN_INFO "DMAR: Host address width %d\n";
inline constexpr char kDrhd[] = KERN_INFO "DMAR: DRHD base: %#016llx flags: %#x\n";
inline constexpr char kRmrr[] = KERN_INFO "DMAR: RMRR base: %#016llx end: %#016llx\n";
inline constexpr char kAtsr[] = KERN_INFO "DMAR: ATSR flags: %#x\n";
inline constexpr char kRhsa[] = KERN_INFO "DMAR: RHSA base: %#016llx proximity domain: %#x\n";
inline constexpr char kIommu[] =
    KERN_INFO "DMAR: dmar%d: reg_base_addr %llx ver %d:%d cap %llx ecap %llx\n";
inline constexpr char kDmarBadWidth[] = KERN_WARNING "DMAR: Invalid DMAR haw\n";
inline constexpr char kDmarFailed[] = KERN_INFO "DMAR: Parse DMAR table failure.\n";
inline constexpr char kNoDmarUnits[] = KERN_INFO "DMAR: No DMAR devices found\n";
inline constexpr char kUnitNotReserved[] = KERN_ERR "DMAR: Can't reserve memory\n";
inline constexpr char kUnitNotMapped[] = KERN_ERR "DMAR: Can't map the region\n";
inline void print_unit_failed(int unit) { printk(KERN_ERR "DMAR: Failed to map dmar%d\n", unit); }
inline constexpr char kUnitBadWidth[] =
    KERN_ERR "DMAR: Cannot get a valid agaw for iommu (seq_id = %d)\n";
inline constexpr char kScopeUnsupported[] = KERN_WARNING "DMAR: Unsupported device scope\n";
inline constexpr char kScopeTypeWrong[] =
    KERN_WARNING "DMAR: Device scope type does not match for %04x:%02x:%02x.%d\n";

// drivers/iommu/intel_irq_remapping.c
inline constexpr char kIoapicUnder[] =
    KERN_INFO "DMAR-IR: IOAPIC id %d under DRHD base  0x%llx IOMMU %d\n";
inline constexpr char kHpetUnder[] = KERN_INFO "DMAR-IR: HPET id %d under DRHD base 0x%llx\n";
inline constexpr char kTooManyIoApics[] = KERN_WARNING "DMAR-IR: Exceeded Max IO APICS\n";
inline constexpr char kTooManyHpets[] = KERN_WARNING "DMAR-IR: Exceeded Max HPET blocks\n";
inline constexpr char kIoapicUncovered[] = KERN_ERR
    "DMAR-IR: [Firmware Bug]: ioapic %d has no mapping iommu, interrupt remapping will be "
    "disabled\n";
inline constexpr char kIrNotEnabled[] = KERN_INFO "DMAR-IR: Not enabling interrupt remapping\n";
inline constexpr char kQueuedInvalidation[] = KERN_INFO
    "DMAR-IR: Queued invalidation will be enabled to support x2apic and Intr-remapping.\n";
inline constexpr char kX2apicOptOut[] =
    KERN_INFO "DMAR-IR: x2apic is disabled because BIOS sets x2apic opt out bit.\n";
inline constexpr char kX2apicOptOutHint[] =
    KERN_INFO "DMAR-IR: Use 'intremap=no_x2apic_optout' to override the BIOS setting.\n";
inline constexpr char kUnitNoEim[] = KERN_INFO "DMAR-IR: dmar%d does not support EIM\n";
inline constexpr char kIrPreEnabled[] =
    KERN_WARNING "DMAR-IR: IRQ remapping was enabled on dmar%d but we are not in kdump mode\n";
inline constexpr char kIrTableFailed[] =
    KERN_ERR "DMAR-IR: IR%d: failed to allocate pages of order %d\n";
inline constexpr char kUnitQueueFailed[] =
    KERN_ERR "DMAR-IR: Failed to enable queued invalidation\n";
inline constexpr char kUnitIrFailed[] =
    KERN_ERR "DMAR-IR: Failed to setup irq remapping for dmar%d\n";
inline constexpr char kIrEnabled[] = KERN_INFO "DMAR-IR: Enabled IRQ remapping in %s mode\n";
inline constexpr char kIrFailed[] = KERN_WARNING
    "DMAR-IR: Failed to enable irq remapping. You are vulnerable to irq-injection attacks.\n";
inline constexpr char kIrErratum[] = KERN_WARNING
    "DMAR-IR: This system BIOS has enabled interrupt remapping\n"
    "on a chipset that contains an erratum making that\n"
    "feature unstable.  To maintain system stability\n"
    "interrupt remapping is being disabled.  Please\n"
    "contact your BIOS vendor for an update\n";

}  // namespace msg_4_12

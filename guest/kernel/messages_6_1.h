#pragma once

#include "guest/kernel/message_tables.h"
#include "guest/kernel/printk.h"

// What Linux 6.1 says otherwise than 4.12, with the file that says it.
namespace msg_6_1 {

// init/main.c linux_banner; the build host and the compiler are left out, so that images compare.
inline constexpr char kBanner[] = KERN_NOTICE "Linux version 6.1.0-guest (guest@guest) #1 SMP\n";
inline constexpr char kRelease[] = "6.1.0-guest";

// arch/x86/kernel/e820.c
inline constexpr char kE820Header[] = KERN_INFO "BIOS-provided physical RAM map:\n";
inline constexpr char kE820LastPfn[] = KERN_INFO "last_pfn = %#llx max_arch_pfn = %#llx\n";
// drivers/acpi/acpica/tbprint.c acpi_tb_verify_checksum(); with the interpreter's date
inline constexpr char kAcpiBadChecksum[] = KERN_WARNING
    "ACPI BIOS Warning (bug): Incorrect checksum in table [%4.4s] - 0x%2.2X, should be 0x%2.2X "
    "(20220331/tbprint-180)\n";
// arch/x86/kernel/acpi/boot.c
inline constexpr char kUsingMadt[] =
    KERN_INFO "ACPI: Using ACPI (MADT) for SMP configuration information\n";

// arch/x86/kernel/apic/apic.c
inline constexpr char kApicSymmetric[] = KERN_INFO "APIC: Switch to symmetric I/O mode setup\n";
inline constexpr char kApicSymmetricAlone[] =
    KERN_INFO "APIC: Switch to symmetric I/O mode setup in no SMP routine\n";
inline constexpr char kApicWire[] =
    KERN_INFO "APIC: Switch to virtual wire mode setup with no configuration\n";
inline constexpr char kApicKeepPic[] = KERN_INFO "APIC: Keep in PIC mode(8259)\n";
inline constexpr char kApicUnlisted[] = KERN_INFO "APIC: ACPI MADT or MP tables are not detected\n";
inline constexpr char kApicSmpDeactivated[] = KERN_INFO "APIC: SMP mode deactivated\n";
inline constexpr char kApicDisabled[] = KERN_INFO "APIC: disabled via kernel command line\n";
inline constexpr char kApicMissing[] = KERN_INFO "APIC: disabled by BIOS\n";
inline constexpr char kTscDeadline[] = KERN_DEBUG "TSC deadline timer available\n";

}  // namespace msg_6_1

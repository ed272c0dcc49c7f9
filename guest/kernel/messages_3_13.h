#pragma once

#include "guest/kernel/printk.h"

// What Linux 3.13 says, with the file that says it. Conditions are where the texts are used.
namespace msg {

// init/main.c linux_banner; the build host and the compiler are left out, so that images compare.
inline constexpr char kBanner[] = KERN_NOTICE "Linux version 3.13.0-guest (guest@guest) #1 SMP\n";
inline constexpr char kRelease[] = "3.13.0-guest";
inline constexpr char kVersion[] = "#1";
// arch/x86/kernel/setup.c
inline constexpr char kEarlyCommandLine[] = KERN_INFO "Command line: %s\n";
inline constexpr char kRamdisk[] = KERN_INFO "RAMDISK: [mem %#010llx-%#010llx]\n";
inline constexpr char kNoInitrdMemory[] =
    KERN_ERR "initrd extends beyond end of memory (0x%08llx > 0x%08llx)\ndisabling initrd\n";
// init/main.c
inline constexpr char kCommandLine[] = KERN_NOTICE "Kernel command line: %s\n";
inline constexpr char kMalformedOption[] = KERN_WARNING "Malformed early option '%s'\n";
// init/main.c print_unknown_bootoptions(), v5.14 and later; 3.13 passes them on without a word.
inline constexpr char kUnknownParameters[] =
    KERN_NOTICE "Unknown kernel command line parameters \"%s\", will be passed to user space.\n";

// arch/x86/kernel/e820.c
inline constexpr char kE820Header[] = KERN_INFO "e820: BIOS-provided physical RAM map:\n";
inline constexpr char kE820Entry[] = KERN_INFO "BIOS-e820: [mem 0x%016llx-0x%016llx] %s\n";
inline constexpr char kE820Unknown[] = KERN_INFO "BIOS-e820: [mem 0x%016llx-0x%016llx] type %u\n";
inline constexpr char kE820LastPfn[] = KERN_INFO "e820: last_pfn = %#llx max_arch_pfn = %#llx\n";
// arch/x86/mm/setup_nx.c
inline constexpr char kNxActive[] = KERN_INFO "NX (Execute Disable) protection: active\n";
inline constexpr char kNxMissing[] =
    KERN_NOTICE "Notice: NX (Execute Disable) protection missing in CPU!\n";

// drivers/acpi/acpica/tbprint.c acpi_tb_print_table_header()
inline constexpr char kAcpiRsdp[] = KERN_INFO "ACPI: RSDP %p %06X (v%.2d %6.6s)\n";
inline constexpr char kAcpiTable[] =
    KERN_INFO "ACPI: %4.4s %p %06X (v%.2d %6.6s %8.8s %08X %4.4s %08X)\n";
inline constexpr char kAcpiFacs[] = KERN_INFO "ACPI: %4.4s %p %06X\n";
// drivers/acpi/acpica/tbprint.c acpi_tb_verify_checksum(), tbutils.c; with the interpreter's date
inline constexpr char kAcpiBadChecksum[] = KERN_WARNING
    "ACPI BIOS Warning (bug): Incorrect checksum in table [%4.4s] - 0x%2.2X, should be 0x%2.2X "
    "(20131115/tbprint-204)\n";
inline constexpr char kAcpiBadLength[] =
    KERN_ERR "ACPI BIOS Error (bug): Table [%4.4s] has invalid length 0x%X\n";
// drivers/acpi/tables.c
inline constexpr char kLapicAddress[] = KERN_INFO "ACPI: Local APIC address 0x%08x\n";
inline constexpr char kLapic[] = KERN_INFO "ACPI: LAPIC (acpi_id[0x%02x] lapic_id[0x%02x] %s)\n";
inline constexpr char kX2apic[] = KERN_INFO "ACPI: X2APIC (apic_id[0x%02x] uid[0x%02x] %s)\n";
inline constexpr char kLapicNmi[] =
    KERN_INFO "ACPI: LAPIC_NMI (acpi_id[0x%02x] %s %s lint[0x%x])\n";
inline constexpr char kX2apicNmi[] = KERN_INFO "ACPI: X2APIC_NMI (uid[0x%02x] %s %s lint[0x%x])\n";
inline constexpr char kIoapic[] =
    KERN_INFO "ACPI: IOAPIC (id[0x%02x] address[0x%08x] gsi_base[%d])\n";
inline constexpr char kIntSrcOvr[] =
    KERN_INFO "ACPI: INT_SRC_OVR (bus %d bus_irq %d global_irq %d %s %s)\n";
inline constexpr char kNmiSrc[] = KERN_INFO "ACPI: NMI_SRC (%s %s global_irq %d)\n";
inline constexpr char kAcpiBadSubtable[] = KERN_ERR "ACPI: [%4.4s:0x%02x] Invalid zero length\n";
// arch/x86/kernel/acpi/boot.c
inline constexpr char kX2apicIgnored[] = KERN_WARNING "ACPI: x2apic entry ignored\n";
inline constexpr char kLapicNmiNotLint1[] = KERN_WARNING "ACPI: NMI not connected to LINT 1!\n";
inline constexpr char kIrqOverride[] = KERN_DEBUG "ACPI: IRQ%d used by override.\n";
inline constexpr char kUsingMadt[] =
    KERN_INFO "Using ACPI (MADT) for SMP configuration information\n";
inline constexpr char kHpet[] = KERN_INFO "ACPI: HPET id: %#x base: %#lx\n";
inline constexpr char kPmTimer[] = KERN_INFO "ACPI: PM-Timer IO Port: %#x\n";
// arch/x86/kernel/apic/io_apic.c mp_register_ioapic()
inline constexpr char kIoapicFound[] =
    KERN_INFO "IOAPIC[%d]: apic_id %d, version %d, address 0x%x, GSI %d-%d\n";
inline constexpr char kIoapicBad[] =
    KERN_WARNING "I/O APIC 0x%x registers return all ones, skipping!\n";
inline constexpr char kTimerPin[] =
    KERN_INFO "..TIMER: vector=0x%02X apic1=%d pin1=%d apic2=%d pin2=%d\n";

// arch/x86/mm/srat.c
inline constexpr char kSratCpu[] = KERN_INFO "SRAT: PXM %u -> APIC 0x%02x -> Node %u\n";
inline constexpr char kSratX2apic[] = KERN_INFO "SRAT: PXM %u -> APIC 0x%04x -> Node %u\n";
inline constexpr char kSratMemory[] = KERN_INFO "SRAT: Node %u PXM %u [mem %#010llx-%#010llx]%s\n";
inline constexpr char kSratTooManyDomains[] = KERN_ERR "SRAT: Too many proximity domains %x\n";
// arch/x86/mm/numa.c
inline constexpr char kNumaMerge[] = KERN_INFO
    "NUMA: Node %d [mem %#010llx-%#010llx] + [mem %#010llx-%#010llx] -> "
    "[mem %#010llx-%#010llx]\n";
inline constexpr char kNumaOff[] = KERN_INFO "NUMA turned off\n";
inline constexpr char kNoNuma[] = KERN_INFO "No NUMA configuration found\n";
inline constexpr char kFakeNode[] = KERN_INFO "Faking a node at [mem %#018llx-%#018llx]\n";
inline constexpr char kInitmemNode[] = KERN_INFO "Initmem setup node %d [mem %#010llx-%#010llx]\n";

// arch/x86/kernel/smpboot.c
inline constexpr char kPossibleLimited[] =
    KERN_WARNING "smpboot: %d Processors exceeds NR_CPUS limit of %d\n";
inline constexpr char kAllowingCpus[] = KERN_INFO "smpboot: Allowing %d CPUs, %d hotplug CPUs\n";
inline constexpr char kSmpConfiguration[] = KERN_INFO "x86: Booting SMP configuration:\n";
inline constexpr char kSmpNode[] = KERN_INFO ".... node %*s#%d, CPUs:  ";
inline constexpr char kBootedUp[] = KERN_INFO "x86: Booted up %d node%s, %d CPUs\n";
inline constexpr char kBogomips[] =
    KERN_INFO "smpboot: Total of %d processors activated (%lu.%02lu BogoMIPS)\n";
inline constexpr char kCpuStuck[] = KERN_ERR "smpboot: CPU%d: Stuck ??\n";
inline constexpr char kCpuNotResponding[] = KERN_ERR "smpboot: CPU%d: Not responding\n";
inline constexpr char kSmpDisabled[] = KERN_INFO "smpboot: SMP disabled\n";
inline constexpr char kSmpDeactivated[] = KERN_INFO "smpboot: SMP mode deactivated\n";
inline constexpr char kCpu0[] = KERN_INFO "smpboot: CPU%d: ";
// arch/x86/kernel/cpu/common.c print_cpu_info()
inline constexpr char kCpuModel[] = KERN_CONT "%s (fam: %02x, model: %02x";
inline constexpr char kCpuStepping[] = KERN_CONT ", stepping: %02x)\n";
// arch/x86/kernel/apic/apic.c generic_processor_info()
inline constexpr char kTooManyCpus[] =
    KERN_WARNING "APIC: NR_CPUS/possible_cpus limit of %i reached.  Processor %d/0x%x ignored.\n";

// arch/x86/kernel/setup_percpu.c
inline constexpr char kSetupPercpu[] =
    KERN_INFO "setup_percpu: NR_CPUS:%d nr_cpumask_bits:%d nr_cpu_ids:%d nr_node_ids:%d\n";
// mm/percpu.c pcpu_embed_first_chunk()
inline constexpr char kPercpuEmbedded[] =
    KERN_INFO "PERCPU: Embedded %zu pages/cpu @%p s%zu r%zu d%zu u%zu\n";
// arch/x86/realmode/init.c
inline constexpr char kTrampoline[] = KERN_DEBUG "Base memory trampoline at [%p] %llx size %zu\n";

// arch/x86/kernel/tsc.c
inline constexpr char kTscReference[] = KERN_INFO "tsc: using %s reference calibration\n";
inline constexpr char kTscByPit[] = KERN_INFO "tsc: Using PIT calibration value\n";
inline constexpr char kTscNoReference[] =
    KERN_NOTICE "tsc: No reference (HPET/PMTIMER) available\n";
inline constexpr char kTscDetected[] = KERN_INFO "tsc: Detected %lu.%03lu MHz processor\n";
// init/calibrate.c
inline constexpr char kBogomipsSkipped[] = KERN_INFO
    "Calibrating delay loop (skipped), value calculated using timer frequency.. "
    "%lu.%02lu BogoMIPS (lpj=%lu)\n";

// arch/x86/kernel/apic/apic.c
inline constexpr char kX2apicByBios[] =
    KERN_INFO "x2apic enabled by BIOS, switching to x2apic ops\n";
inline constexpr char kEnablingX2apic[] = KERN_INFO "Enabling x2apic\n";
inline constexpr char kEnabledX2apic[] = KERN_INFO "Enabled x2apic\n";
inline constexpr char kDisablingX2apic[] = KERN_INFO "Disabling x2apic\n";
inline constexpr char kWillDisableX2apic[] =
    KERN_WARNING "x2apic already enabled. will disable it\n";
inline constexpr char kCannotEnforceNox2apic[] =
    KERN_WARNING "Apicid: %08x, cannot enforce nox2apic\n";
inline constexpr char kTscDeadline[] = KERN_DEBUG "TSC deadline timer enabled\n";
inline constexpr char kSpurious[] =
    KERN_INFO "spurious APIC interrupt on CPU#%d, should never happen.\n";
inline constexpr char kApicError[] = KERN_DEBUG "APIC error on CPU%d: %02x\n";
// arch/x86/kernel/apic/probe_64.c
inline constexpr char kSwitchedRouting[] = KERN_INFO "Switched APIC routing to %s.\n";
// arch/x86/kernel/irq.c
inline constexpr char kNoIrqHandler[] = KERN_EMERG "%d.%d No irq handler for vector\n";

// arch/x86/kernel/traps.c
inline constexpr char kUserTrap[] = KERN_INFO "%s[%d] trap %s ip:%lx sp:%lx error:%lx\n";
inline constexpr char kUnknownNmi[] =
    KERN_EMERG "Uhhuh. NMI received for unknown reason 00 on CPU %d.\n";
// arch/x86/mm/fault.c
inline constexpr char kSegfault[] =
    KERN_INFO "%s[%d]: segfault at %lx ip %016lx sp %016lx error %lx\n";

}  // namespace msg

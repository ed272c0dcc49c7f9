#pragma once

#include "guest/kernel/printk.h"

// What Linux 3.13 says, with the file that says it. Conditions are where the texts are used.
namespace msg_3_13 {

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
// Not a text of Linux, which tries other consoles then.
inline constexpr char kNoSuchConsole[] =
    KERN_WARNING "console=%s ignored: the console is ttyS0,115200\n";
// Not a text of Linux, which mounts a root file system and starts init from it.
inline constexpr char kNoRoot[] = KERN_INFO "root file system parameters ignored: there is none\n";
inline constexpr char kMalformedOption[] = KERN_WARNING "Malformed early option '%s'\n";
// init/main.c print_unknown_bootoptions(), v5.14 and later; 3.13 passes them on without a word.
inline constexpr char kUnknownParameters[] =
    KERN_NOTICE "Unknown kernel command line parameters \"%s\", will be passed to user space.\n";

// arch/x86/kernel/e820.c
inline constexpr char kE820Header[] = KERN_INFO "e820: BIOS-provided physical RAM map:\n";
inline constexpr char kE820Entry[] = KERN_INFO "BIOS-e820: [mem 0x%016llx-0x%016llx] %s\n";
inline constexpr char kE820Unknown[] = KERN_INFO "BIOS-e820: [mem 0x%016llx-0x%016llx] type %u\n";
inline constexpr char kE820Update[] =
    KERN_DEBUG "e820: update [mem %#010llx-%#010llx] usable ==> reserved\n";
inline constexpr char kE820Remove[] = KERN_DEBUG "e820: remove [mem %#010llx-%#010llx] usable\n";
inline constexpr char kE820LastPfn[] = KERN_INFO "e820: last_pfn = %#llx max_arch_pfn = %#llx\n";
// arch/x86/mm/setup_nx.c
inline constexpr char kNxActive[] = KERN_INFO "NX (Execute Disable) protection: active\n";
inline constexpr char kNxMissing[] =
    KERN_NOTICE "Notice: NX (Execute Disable) protection missing in CPU!\n";

// drivers/acpi/acpica/tbprint.c acpi_tb_print_table_header()
inline constexpr char kAcpiRsdp[] = KERN_INFO "ACPI: RSDP %016llx %06X (v%.2d %6.6s)\n";
inline constexpr char kAcpiTable[] =
    KERN_INFO "ACPI: %4.4s %016llx %06X (v%.2d %6.6s %8.8s %08X %4.4s %08X)\n";
inline constexpr char kAcpiFacs[] = KERN_INFO "ACPI: %4.4s %016llx %06X\n";
// drivers/acpi/acpica/tbprint.c acpi_tb_verify_checksum(), tbutils.c; with the interpreter's date
inline constexpr char kAcpiBadChecksum[] = KERN_WARNING
    "ACPI BIOS Warning (bug): Incorrect checksum in table [%4.4s] - 0x%2.2X, should be 0x%2.2X "
    "(20131115/tbprint-204)\n";
inline constexpr char kAcpiBadLength[] =
    KERN_ERR "ACPI BIOS Error (bug): Table [%4.4s] has invalid length 0x%X\n";
// drivers/acpi/tables.c acpi_reserve_initial_tables(), 5.13 and later
inline constexpr char kAcpiReserving[] =
    KERN_INFO "ACPI: Reserving %4.4s table memory at [mem 0x%llx-0x%llx]\n";
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
inline constexpr char kApicIdTooBig[] = KERN_INFO "ACPI: skipped apicid that is too big\n";
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
inline constexpr char kGsiTotal[] = KERN_DEBUG "nr_irqs_gsi: %d\n";
inline constexpr char kTimerPin[] =
    KERN_INFO "..TIMER: vector=0x%02X apic1=%d pin1=%d apic2=%d pin2=%d\n";

// arch/x86/mm/srat.c
inline constexpr char kSratCpu[] = KERN_INFO "SRAT: PXM %u -> APIC 0x%02x -> Node %u\n";
inline constexpr char kSratX2apic[] = KERN_INFO "SRAT: PXM %u -> APIC 0x%04x -> Node %u\n";
inline constexpr char kSratX2apicIgnored[] = KERN_INFO "SRAT: PXM %u -> X2APIC 0x%04x ignored\n";
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
inline constexpr char kPossibleOverMax[] =
    KERN_WARNING "smpboot: %d Processors exceeds max_cpus limit of %u\n";
inline constexpr char kAllowingCpus[] = KERN_INFO "smpboot: Allowing %d CPUs, %d hotplug CPUs\n";
inline void print_booted_up(int nodes, int cpus) {
  printk(KERN_INFO "x86: Booted up %d node%s, %d CPUs\n", nodes, nodes > 1 ? "s" : "", cpus);
}
inline constexpr char kBogomips[] =
    KERN_INFO "smpboot: Total of %d processors activated (%lu.%02lu BogoMIPS)\n";
inline constexpr char kBootCpuUnlisted[] =
    KERN_WARNING "smpboot: weird, boot CPU (#%u) not listed by the BIOS\n";
inline constexpr char kBadCpu[] = KERN_ERR "smpboot: native_cpu_up: bad cpu %d\n";
inline constexpr char kCpuStuck[] = KERN_ERR "smpboot: CPU%d: Stuck ??\n";
inline constexpr char kCpuNotResponding[] = KERN_ERR "smpboot: CPU%d: Not responding\n";
inline constexpr char kNoMotherboard[] = KERN_NOTICE "smpboot: SMP motherboard not detected\n";
inline constexpr char kDummyApic[] =
    KERN_NOTICE "smpboot: Local APIC not detected. Using dummy APIC emulation.\n";
inline constexpr char kSmpDisabled[] = KERN_INFO "smpboot: SMP disabled\n";
inline constexpr char kSmpDeactivated[] = KERN_INFO "smpboot: SMP mode deactivated\n";
inline constexpr char kCpu0[] = KERN_INFO "smpboot: CPU%d: ";
// arch/x86/kernel/cpu/topology.c detect_extended_topology()
inline constexpr char kPackageId[] = KERN_INFO "CPU: Physical Processor ID: %d\n";
inline constexpr char kCoreId[] = KERN_INFO "CPU: Processor Core ID: %d\n";
// arch/x86/kernel/cpu/common.c print_cpu_info()
inline void print_cpu_model(const char* name, u32 family, u32 model, u32 stepping) {
  printk(KERN_CONT "%s (fam: %02x, model: %02x", name, family, model);
  printk(KERN_CONT ", stepping: %02x)\n", stepping);
}
// arch/x86/kernel/apic/apic.c generic_processor_info()
inline constexpr char kTooManyCpus[] =
    KERN_WARNING "ACPI: NR_CPUS/possible_cpus limit of %i reached.  Processor %d/0x%x ignored.\n";
inline constexpr char kKeepBootSlot[] = KERN_WARNING
    "ACPI: NR_CPUS/possible_cpus limit of %i almost reached. Keeping one slot for boot cpu.  "
    "Processor %d/0x%x ignored.\n";
// kernel/cpu.c _cpu_up()
inline constexpr char kNotMayHotadd[] =
    KERN_ERR "can't online cpu %d because it is not configured as may-hotadd at boot time\n";

// arch/x86/kernel/setup_percpu.c
inline constexpr char kSetupPercpu[] =
    KERN_INFO "setup_percpu: NR_CPUS:%d nr_cpumask_bits:%d nr_cpu_ids:%d nr_node_ids:%d\n";
// mm/percpu.c pcpu_embed_first_chunk()
inline constexpr char kPercpuEmbedded[] =
    KERN_INFO "PERCPU: Embedded %zu pages/cpu @%p s%zu r%zu d%zu u%zu\n";
// arch/x86/realmode/init.c; there it is a panic, here the machine goes on with one processor
inline constexpr char kNoTrampoline[] = KERN_ERR "Cannot allocate trampoline\n";
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
inline constexpr char kCannotDisableX2apic[] = "Cannot disable x2apic, id: %08x\n";
inline constexpr char kApicDisabled[] = KERN_INFO "Apic disabled\n";
inline constexpr char kApicVerbosity[] =
    KERN_WARNING "APIC Verbosity level %s not recognised use apic=verbose or apic=debug\n";
inline constexpr char kApicMapped[] = KERN_DEFAULT "mapped APIC to %16lx (%16lx)\n";
inline constexpr char kExtIntEnabled[] = KERN_DEFAULT "enabled ExtINT on CPU#%d\n";
inline constexpr char kExtIntMasked[] = KERN_DEFAULT "masked ExtINT on CPU#%d\n";
// 3.2 only, the same file
inline constexpr char kNox2apicTooLate[] =
    KERN_WARNING "Bios already enabled x2apic, can't enforce nox2apic";
inline constexpr char kX2apicNoRemapping[] =
    KERN_INFO "x2apic not enabled, IRQ remapping init failed\n";
inline constexpr char kX2apicNotEnabled[] =
    KERN_INFO "x2apic not enabled, IRQ remapping is in xapic mode\n";
inline constexpr char kIrSkipped[] =
    KERN_INFO "Skipped enabling intr-remap because of skipping io-apic setup\n";
// arch/x86/kernel/apic/x2apic_phys.c
inline constexpr char kX2apicPhysicalByFadt[] = KERN_DEBUG "System requires x2apic physical mode\n";
// arch/x86/kernel/apic/apic.c
inline constexpr char kTscDeadline[] = KERN_DEBUG "TSC deadline timer enabled\n";
inline constexpr char kSpurious[] =
    KERN_INFO "spurious APIC interrupt on CPU#%d, should never happen.\n";
inline constexpr char kApicError[] = KERN_DEBUG "APIC error on CPU%d: %02x(%02x)";
inline constexpr char kApicErrorReason[] = KERN_CONT " : %s";
// arch/x86/kernel/apic/io_apic.c print_local_APIC()
inline constexpr char kShowApicTitle[] = KERN_DEBUG "printing local APIC contents on CPU#%d/%d:\n";
inline constexpr char kShowApicId[] = KERN_INFO "... APIC ID:      %08x (%01x)\n";
inline constexpr char kShowApicVersion[] = KERN_INFO "... APIC VERSION: %08x\n";
inline constexpr char kShowApicTpr[] = KERN_DEBUG "... APIC TASKPRI: %08x (%02x)\n";
inline constexpr char kShowApicPpr[] = KERN_DEBUG "... APIC PROCPRI: %08x\n";
inline constexpr char kShowApicLdr[] = KERN_DEBUG "... APIC LDR: %08x\n";
inline constexpr char kShowApicDfr[] = KERN_DEBUG "... APIC DFR: %08x\n";
inline constexpr char kShowApicSvr[] = KERN_DEBUG "... APIC SPIV: %08x\n";
inline constexpr char kShowApicIsr[] = KERN_DEBUG "... APIC ISR field:\n";
inline constexpr char kShowApicTmr[] = KERN_DEBUG "... APIC TMR field:\n";
inline constexpr char kShowApicIrr[] = KERN_DEBUG "... APIC IRR field:\n";
inline constexpr char kShowApicEsr[] = KERN_DEBUG "... APIC ESR: %08x\n";
inline constexpr char kShowApicIcr[] = KERN_DEBUG "... APIC ICR: %08x\n";
inline constexpr char kShowApicIcrHigh[] = KERN_DEBUG "... APIC ICR2: %08x\n";
inline constexpr char kShowApicLvtTimer[] = KERN_DEBUG "... APIC LVTT: %08x\n";
inline constexpr char kShowApicLvtPerf[] = KERN_DEBUG "... APIC LVTPC: %08x\n";
inline constexpr char kShowApicLvtLint0[] = KERN_DEBUG "... APIC LVT0: %08x\n";
inline constexpr char kShowApicLvtLint1[] = KERN_DEBUG "... APIC LVT1: %08x\n";
inline constexpr char kShowApicLvtError[] = KERN_DEBUG "... APIC LVTERR: %08x\n";
inline constexpr char kShowApicInitial[] = KERN_DEBUG "... APIC TMICT: %08x\n";
inline constexpr char kShowApicCurrent[] = KERN_DEBUG "... APIC TMCCT: %08x\n";
inline constexpr char kShowApicDivide[] = KERN_DEBUG "... APIC TDCR: %08x\n";
// arch/x86/kernel/apic/apic_flat_64.c physflat_acpi_madt_oem_check()
inline constexpr char kPhysicalFlatByFadt[] = KERN_DEBUG "system APIC only can use physical flat\n";
// arch/x86/kernel/apic/probe_64.c
inline constexpr char kSettingRouting[] = KERN_INFO "Setting APIC routing to %s.\n";
inline constexpr char kSwitchedRouting[] = KERN_INFO "Switched APIC routing to %s.\n";
// arch/x86/kernel/irq.c
inline constexpr char kNoIrqHandler[] =
    KERN_EMERG "do_IRQ: %d.%d No irq handler for vector (irq -1)\n";

// arch/x86/kernel/alternative.c apply_alternatives(), with debug-alternative
inline constexpr char kAlternativeTable[] = KERN_DEBUG "apply_alternatives: alt table %p -> %p\n";

// arch/x86/kernel/traps.c
inline constexpr char kUserGpf[] =
    KERN_INFO "traps: %s[%d] general protection ip:%lx sp:%lx error:%lx\n";
inline constexpr char kUserTrap[] = KERN_INFO "traps: %s[%d] trap %s ip:%lx sp:%lx error:%lx\n";
inline constexpr char kUnknownNmi[] =
    KERN_EMERG "Uhhuh. NMI received for unknown reason 00 on CPU %d.\n";
// arch/x86/mm/fault.c
inline constexpr char kSegfault[] =
    KERN_INFO "%s[%d]: segfault at %lx ip %016lx sp %016lx error %lx\n";

// drivers/firmware/dmi_scan.c
inline constexpr char kSmbios[] = KERN_INFO "SMBIOS %d.%d present.\n";
inline constexpr char kDmi[] = KERN_DEBUG "DMI: %s\n";
inline constexpr char kNoDmi[] = KERN_INFO "DMI not present or invalid.\n";

// lib/dump_stack.c, kernel/printk/printk.c dump_stack_print_info()
inline constexpr char kCpuPid[] = KERN_DEFAULT "CPU: %d PID: %d Comm: %.20s %s %s %s\n";
inline constexpr char kHardwareName[] = KERN_DEFAULT "Hardware name: %s\n";
inline constexpr char kTask[] = KERN_DEFAULT "task: %p ti: %p task.ti: %p\n";
// kernel/module.c print_modules()
inline constexpr char kModules[] = KERN_DEFAULT "Modules linked in:\n";
// arch/x86/kernel/dumpstack.c
inline constexpr char kOopsTitle[] = KERN_DEFAULT "%s: %04lx [#%d] ";
inline constexpr char kCallTrace[] = KERN_DEFAULT "Call Trace:\n";
inline constexpr char kAddress[] = KERN_CONT " [<%p>] %pS\n";
inline constexpr char kTraceEntry[] = KERN_CONT " [<%p>] %s%pB\n";
inline constexpr char kTraceStack[] = KERN_CONT " <%s> ";
inline constexpr char kSummaryRip[] = KERN_ALERT "RIP ";
inline constexpr char kSummaryRsp[] = KERN_CONT " RSP <%016lx>\n";
// arch/x86/kernel/dumpstack_64.c
inline constexpr char kStack[] = KERN_DEFAULT "Stack:\n";
inline constexpr char kStackWord[] = KERN_CONT " %016lx";
inline constexpr char kStackSwitch[] = KERN_CONT " <EOI> ";
inline constexpr char kCode[] = KERN_DEFAULT "Code: ";
// arch/x86/kernel/process_64.c __show_regs()
inline constexpr char kRegRip[] = KERN_DEFAULT "RIP: %04lx:[<%016lx>] ";
inline constexpr char kRegRsp[] = KERN_DEFAULT "RSP: %04lx:%016lx  EFLAGS: %08lx\n";
inline constexpr char kRegAx[] = KERN_DEFAULT "RAX: %016lx RBX: %016lx RCX: %016lx\n";
inline constexpr char kRegDx[] = KERN_DEFAULT "RDX: %016lx RSI: %016lx RDI: %016lx\n";
inline constexpr char kRegBp[] = KERN_DEFAULT "RBP: %016lx R08: %016lx R09: %016lx\n";
inline constexpr char kReg10[] = KERN_DEFAULT "R10: %016lx R11: %016lx R12: %016lx\n";
inline constexpr char kReg13[] = KERN_DEFAULT "R13: %016lx R14: %016lx R15: %016lx\n";
inline constexpr char kRegFs[] = KERN_DEFAULT "FS:  %016lx(%04x) GS:%016lx(%04x) knlGS:%016lx\n";
inline constexpr char kRegCs[] = KERN_DEFAULT "CS:  %04lx DS: %04x ES: %04x CR0: %016lx\n";
inline constexpr char kRegCr2[] = KERN_DEFAULT "CR2: %016lx CR3: %016lx CR4: %016lx\n";
// arch/x86/kernel/doublefault.c df_debug()
inline constexpr char kDoubleFault[] = KERN_EMERG "PANIC: double fault, error_code: 0x%lx\n";
// arch/x86/mm/fault.c show_fault_oops()
inline constexpr char kNxExploit[] =
    KERN_CRIT "kernel tried to execute NX-protected page - exploit attempt? (uid: %d)\n";
inline constexpr char kUnableToHandle[] = KERN_ALERT "BUG: unable to handle kernel ";
inline constexpr char kFaultIp[] = KERN_ALERT "IP:";
inline constexpr char kPageTablesStart[] = KERN_DEFAULT "";
inline constexpr char kFaultCr2[] = KERN_DEFAULT "CR2: %016lx\n";
// kernel/panic.c, lib/bug.c
inline constexpr char kEndTrace[] = KERN_WARNING "---[ end trace %016llx ]---\n";
inline constexpr char kCutHere[] = KERN_EMERG "------------[ cut here ]------------\n";
inline constexpr char kBugAt[] = KERN_CRIT "kernel BUG at %s:%u!\n";
inline constexpr char kWarnCutHere[] = KERN_WARNING "------------[ cut here ]------------\n";
inline constexpr char kWarning[] = KERN_WARNING "WARNING: CPU: %d PID: %d at %s:%d %pS()\n";
inline constexpr char kRebooting[] = KERN_EMERG "Rebooting in %d seconds..\n";
// kernel/reboot.c kernel_power_off()
inline constexpr char kPowerDown[] = KERN_EMERG "Power down.\n";
inline constexpr char kPanic[] = KERN_EMERG "Kernel panic - not syncing: %s\n";

// drivers/misc/lkdtm.c
inline constexpr char kLkdtm[] = KERN_INFO "lkdtm: Performing direct entry %s\n";

// drivers/iommu/dmar.c
inline constexpr char kHostAddressWidth[] = KERN_INFO "dmar: Host address width %d\n";
inline constexpr char kDrhd[] = KERN_INFO "dmar: DRHD base: %#016llx flags: %#x\n";
inline constexpr char kRmrr[] = KERN_INFO "dmar: RMRR base: %#016llx end: %#016llx\n";
inline constexpr char kAtsr[] = KERN_INFO "dmar: ATSR flags: %#x\n";
inline constexpr char kRhsa[] = KERN_INFO "dmar: RHSA base: %#016llx proximity domain: %#x\n";
inline constexpr char kIommu[] =
    KERN_INFO "dmar: IOMMU %d: reg_base_addr %llx ver %d:%d cap %llx ecap %llx\n";
inline constexpr char kDmarUnknown[] = KERN_WARNING "dmar: Unknown DMAR structure type %d\n";
inline constexpr char kDmarZeroLength[] = KERN_WARNING "dmar: Invalid 0-length structure\n";
inline constexpr char kDmarBadWidth[] = KERN_WARNING "dmar: Invalid DMAR haw\n";
inline constexpr char kDmarFailed[] = KERN_INFO "dmar: parse DMAR table failure.\n";
inline constexpr char kNoDmarUnits[] = KERN_INFO "dmar: No DMAR devices found\n";
inline constexpr char kBrokenDmarUnit[] =
    "Your BIOS is broken; DMAR reported at address %llx%s!\n"
    "BIOS vendor: %s; Ver: %s; Product Version: %s\n";
inline constexpr char kBrokenRhsa[] =
    "Your BIOS is broken; RHSA refers to non-existent DMAR unit at %llx\n"
    "BIOS vendor: %s; Ver: %s; Product Version: %s\n";
inline constexpr char kUnitNotReserved[] = KERN_ERR "dmar: IOMMU: can't reserve memory\n";
inline constexpr char kUnitNotMapped[] = KERN_ERR "dmar: IOMMU: can't map the region\n";
inline void print_unit_failed(int unit) {
  printk(KERN_ERR "dmar: IOMMU: failed to map dmar%d\n", unit);
}
inline constexpr char kUnitBadWidth[] =
    KERN_ERR "dmar: Cannot get a valid agaw for iommu (seq_id = %d)\n";
inline constexpr char kScopeUnsupported[] = KERN_WARNING "dmar: Unsupported device scope\n";
inline constexpr char kScopeBusMissing[] = KERN_WARNING "dmar: Device scope bus [%d] not found\n";
inline constexpr char kScopeDeviceMissing[] =
    KERN_WARNING "dmar: Device scope device [%04x:%02x:%02x.%02x] not found\n";
inline constexpr char kScopeTypeWrong[] =
    KERN_WARNING "dmar: Device scope type does not match for %04x:%02x:%02x.%d\n";
// The same file in later releases, 3.15 to 5.12; where they are used tells which.
inline constexpr char kDmarPastEnd[] =
    KERN_WARNING "DMAR: [Firmware Bug]: Record passes table end\n";
inline constexpr char kNoDrhd[] =
    KERN_WARNING "DMAR: [Firmware Bug]: No DRHD structure found in DMAR table\n";
inline constexpr char kSatc[] = KERN_INFO "DMAR: SATC flags: 0x%x\n";
inline constexpr char kAndd[] = KERN_INFO "DMAR: ANDD device: %x name: %s\n";
inline constexpr char kBrokenAndd[] =
    "Your BIOS is broken; ANDD object name is not NUL-terminated\n"
    "BIOS vendor: %s; Ver: %s; Product Version: %s\n";
inline constexpr char kUnitNoWidth[] =
    KERN_INFO "DMAR: dmar%d: No supported address widths. Not attempting DMA translation.\n";
inline constexpr char kScopeWorkaround[] = KERN_INFO
    "DMAR: [Firmware Bug]: RMRR entry for device %02x:%02x.%x is broken - applying workaround\n";
inline constexpr char kAcpiDeviceUnder[] =
    KERN_INFO "DMAR: ACPI device \"%s\" under DMAR at %llx as %02x:%02x.%d\n";
inline constexpr char kAcpiDeviceUncovered[] =
    KERN_WARNING "DMAR: No IOMMU scope found for ANDD enumeration ID %d (%s)\n";
inline constexpr char kAcpiHandleMissing[] =
    KERN_ERR "DMAR: Failed to find handle for ACPI object %s\n";
// drivers/iommu/intel/iommu.c dmar_parse_one_rmrr() and arch/x86/include/asm/iommu.h
// arch_rmrr_sanity_check(), 5.7 and later
inline constexpr char kBrokenRmrr[] =
    "Your BIOS is broken; bad RMRR [%#018llx-%#018llx]\n"
    "BIOS vendor: %s; Ver: %s; Product Version: %s\n";
inline constexpr char kRmrrUncovered[] = KERN_ERR
    "DMAR: [Firmware Bug]: No firmware reserved region can cover this RMRR [%#018llx-%#018llx], "
    "contact BIOS vendor for fixes\n";
// drivers/iommu/intel_irq_remapping.c intel_enable_irq_remapping()
inline constexpr char kIoapicUnder[] = KERN_INFO "IOAPIC id %d under DRHD base  0x%llx IOMMU %d\n";
inline constexpr char kHpetUnder[] = KERN_INFO "HPET id %d under DRHD base 0x%llx\n";
inline constexpr char kTooManyIoApics[] = KERN_WARNING "Exceeded Max IO APICS\n";
inline constexpr char kTooManyHpets[] = KERN_WARNING "Exceeded Max HPET blocks\n";
inline constexpr char kIoapicUncovered[] = KERN_ERR
    "[Firmware Bug]: ioapic %d has no mapping iommu, interrupt remapping will be disabled\n";
inline constexpr char kIrNotEnabled[] = KERN_INFO "Not enable interrupt remapping\n";
inline constexpr char kQueuedInvalidation[] =
    KERN_INFO "Queued invalidation will be enabled to support x2apic and Intr-remapping.\n";
inline constexpr char kNoEim[] = KERN_INFO "DRHD %llx: EIM not supported by DRHD,  ecap %llx\n";
inline constexpr char kQueueFailed[] =
    KERN_ERR "DRHD %llx: failed to enable queued,  invalidation, ecap %llx, ret %d\n";
inline constexpr char kIrTableFailed[] = KERN_ERR "IR%d: failed to allocate pages of order %d\n";
inline constexpr char kIrEnabled[] = KERN_INFO "Enabled IRQ remapping in %s mode\n";
inline constexpr char kIrFailed[] =
    KERN_WARNING "Failed to enable irq remapping.  You are vulnerable to irq-injection attacks.\n";
inline constexpr char kCompatibilityOn[] = KERN_WARNING
    "Compatibility-format IRQs enabled despite intr remapping;\n"
    "you are vulnerable to IRQ injection.\n";
inline constexpr char kIrErratum[] = KERN_WARNING
    "This system BIOS has enabled interrupt remapping\n"
    "on a chipset that contains an erratum making that\n"
    "feature unstable.  To maintain system stability\n"
    "interrupt remapping is being disabled.  Please\n"
    "contact your BIOS vendor for an update\n";
// drivers/iommu/intel_irq_remapping.c
inline constexpr char kX2apicOptOut[] = KERN_WARNING
    "Your BIOS is broken and requested that x2apic be disabled.\n"
    "This will slightly decrease performance.\n"
    "Use 'intremap=no_x2apic_optout' to override BIOS request.\n";

// arch/x86/kernel/process.c
inline constexpr char kIdlePoll[] = KERN_INFO "process: using polling idle threads\n";
// 3.2 only, the same file
inline constexpr char kUsingMwait[] = KERN_INFO "using mwait in idle threads.\n";
// kernel/params.c parse_args()
inline constexpr char kInvalidForParameter[] =
    KERN_ERR "Booting kernel: `%s' invalid for parameter `%s'\n";
// arch/x86/kernel/hpet.c hpet_legacy_clockevent_register(); there it is set up with or without need
inline constexpr char kHpetRegistered[] = KERN_DEBUG "hpet clockevent registered\n";
// drivers/cpuidle/governor.c
inline constexpr char kUsingGovernor[] = KERN_INFO "cpuidle: using governor %s\n";
// drivers/idle/intel_idle.c
inline constexpr char kIntelIdleDisabled[] = KERN_DEBUG "intel_idle: disabled\n";
inline constexpr char kIntelIdleUnknown[] =
    KERN_DEBUG "intel_idle: does not run on family %d model %d\n";
inline constexpr char kIntelIdleSubstates[] = KERN_DEBUG "intel_idle: MWAIT substates: 0x%x\n";
inline constexpr char kIntelIdleVersion[] = KERN_DEBUG "intel_idle: v0.4 model 0x%X\n";
inline constexpr char kIntelIdleReliable[] =
    KERN_DEBUG "intel_idle: lapic_timer_reliable_states 0x%x\n";
inline constexpr char kIntelIdleLimit[] = KERN_DEFAULT "intel_idle: max_cstate %d reached\n";

}  // namespace msg_3_13

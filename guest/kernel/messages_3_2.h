#pragma once

#include "guest/kernel/message_tables.h"
#include "guest/kernel/printk.h"

// What Linux 3.2 says otherwise than 3.13, with the file that says it. Ranges end behind their last
// address (release::shown_end()).
namespace msg_3_2 {

// init/main.c linux_banner; the build host and the compiler are left out, so that images compare.
inline constexpr char kBanner[] = KERN_NOTICE "Linux version 3.2.0-guest (guest@guest) #1 SMP\n";
inline constexpr char kRelease[] = "3.2.0-guest";
// arch/x86/kernel/setup.c
inline constexpr char kRamdisk[] = KERN_INFO "RAMDISK: %08llx - %08llx\n";
inline constexpr char kNoInitrdMemory[] =
    KERN_ERR "initrd extends beyond end of memory (0x%08llx > 0x%08llx)\ndisabling initrd\n";

// arch/x86/kernel/e820.c
inline constexpr char kE820Header[] = KERN_INFO "BIOS-provided physical RAM map:\n";
inline constexpr char kE820Entry[] = KERN_INFO " BIOS-e820: %016llx - %016llx (%s)\n";
inline constexpr char kE820Unknown[] = KERN_INFO " BIOS-e820: %016llx - %016llx type %u\n";
inline constexpr char kE820Update[] =
    KERN_DEBUG "e820 update range: %016llx - %016llx (usable) ==> (reserved)\n";
inline constexpr char kE820Remove[] = KERN_DEBUG "e820 remove range: %016llx - %016llx (usable)\n";
inline constexpr char kE820LastPfn[] = KERN_INFO "last_pfn = %#llx max_arch_pfn = %#llx\n";

// drivers/acpi/acpica/tbutils.c acpi_tb_print_table_header(), acpi_tb_verify_checksum(); with the
// interpreter's date
inline constexpr char kAcpiRsdp[] = KERN_INFO "ACPI: RSDP %016llx %05X (v%.2d %6.6s)\n";
inline constexpr char kAcpiTable[] =
    KERN_INFO "ACPI: %4.4s %016llx %05X (v%.2d %6.6s %8.8s %08X %4.4s %08X)\n";
inline constexpr char kAcpiFacs[] = KERN_INFO "ACPI: %4.4s %016llx %05X\n";
inline constexpr char kAcpiBadChecksum[] = KERN_WARNING
    "ACPI Warning: Incorrect checksum in table [%4.4s] - 0x%2.2X, should be 0x%2.2X "
    "(20110623/tbutils-314)\n";
inline constexpr char kAcpiBadLength[] =
    KERN_ERR "ACPI Error: Table [%4.4s] has invalid length 0x%X\n";

// arch/x86/mm/srat.c; the text that 3.13 has for hot-pluggable memory is not there
inline constexpr char kSratMemory[] = KERN_INFO "SRAT: Node %u PXM %u %llx-%llx%.0s\n";
// arch/x86/mm/numa.c
inline constexpr char kNumaMerge[] =
    KERN_INFO "NUMA: Node %d [%llx,%llx) + [%llx,%llx) -> [%llx,%llx)\n";
inline constexpr char kFakeNode[] = KERN_INFO "Faking a node at %016llx-%016llx\n";
inline constexpr char kInitmemNode[] = KERN_INFO "Initmem setup node %d %016llx-%016llx\n";

// arch/x86/kernel/smpboot.c
inline constexpr char kPossibleLimited[] =
    KERN_WARNING "%d Processors exceeds NR_CPUS limit of %d\n";
inline constexpr char kPossibleOverMax[] =
    KERN_WARNING "%d Processors exceeds max_cpus limit of %u\n";
inline constexpr char kAllowingCpus[] = KERN_INFO "SMP: Allowing %d CPUs, %d hotplug CPUs\n";
inline constexpr char kBogomips[] =
    KERN_INFO "Total of %d processors activated (%lu.%02lu BogoMIPS).\n";
inline constexpr char kBootCpuUnlisted[] =
    KERN_WARNING "weird, boot CPU (#%u) not listed by the BIOS.\n";
inline constexpr char kBadCpu[] = KERN_ERR "native_cpu_up: bad cpu %d\n";
inline constexpr char kCpuStuck[] = KERN_ERR "CPU%d: Stuck ??\n";
inline constexpr char kCpuNotResponding[] = KERN_ERR "CPU%d: Not responding.\n";
inline constexpr char kNoMotherboard[] = KERN_NOTICE "SMP motherboard not detected.\n";
inline constexpr char kDummyApic[] =
    KERN_NOTICE "Local APIC not detected. Using dummy APIC emulation.\n";
inline constexpr char kSmpDisabled[] = KERN_INFO "SMP disabled\n";
inline constexpr char kSmpDeactivated[] = KERN_INFO "SMP mode deactivated.\n";
inline constexpr char kCpu0[] = KERN_INFO "CPU%d: ";
// kernel/smp.c smp_init()
inline void print_booted_up(int, int cpus) { printk(KERN_INFO "Brought up %d CPUs\n", cpus); }
// arch/x86/kernel/cpu/common.c print_cpu_info()
inline void print_cpu_model(const char* name, u32, u32, u32 stepping) {
  printk(KERN_CONT "%s", name);
  printk(KERN_CONT " stepping %02x\n", stepping);
}
// arch/x86/kernel/apic/probe_64.c
inline constexpr char kSwitchedRouting[] = KERN_INFO "Setting APIC routing to %s.\n";

// arch/x86/kernel/tsc.c
inline constexpr char kTscReference[] = KERN_INFO "TSC: using %s reference calibration\n";
inline constexpr char kTscByPit[] = KERN_INFO "TSC: Using PIT calibration value\n";
inline constexpr char kTscNoReference[] =
    KERN_NOTICE "TSC: No reference (HPET/PMTIMER) available\n";
inline constexpr char kTscDetected[] = KERN_DEFAULT "Detected %lu.%03lu MHz processor.\n";

// arch/x86/kernel/traps.c
inline constexpr char kUserGpf[] = KERN_INFO "%s[%d] general protection ip:%lx sp:%lx error:%lx\n";
inline constexpr char kUserTrap[] = KERN_INFO "%s[%d] trap %s ip:%lx sp:%lx error:%lx\n";

// arch/x86/kernel/dumpstack_64.c show_registers()
inline constexpr char kOopsCpu[] = KERN_DEFAULT "CPU %d \n";
inline constexpr char kProcess[] = KERN_DEFAULT "Process %s (pid: %d, threadinfo %p, task %p)\n";
// arch/x86/kernel/process.c show_regs_common()
inline constexpr char kPid[] = KERN_DEFAULT "Pid: %d, comm: %.20s %s %s %s";
// arch/x86/kernel/process_64.c __show_regs()
inline constexpr char kRegDr0[] = KERN_DEFAULT "DR0: %016lx DR1: %016lx DR2: %016lx\n";
inline constexpr char kRegDr3[] = KERN_DEFAULT "DR3: %016lx DR6: %016lx DR7: %016lx\n";
// kernel/panic.c warn_slowpath_common()
inline constexpr char kWarningAt[] = KERN_WARNING "WARNING: at %s:%d %pS()\n";

// drivers/iommu/dmar.c
inline constexpr char kHostAddressWidth[] = KERN_INFO "DMAR: Host address width %d\n";
inline constexpr char kDrhd[] = KERN_INFO "DMAR: DRHD base: %#016llx flags: %#x\n";
inline constexpr char kRmrr[] = KERN_INFO "DMAR: RMRR base: %#016llx end: %#016llx\n";
inline constexpr char kAtsr[] = KERN_INFO "DMAR: ATSR flags: %#x\n";
inline constexpr char kRhsa[] = KERN_INFO "DMAR: RHSA base: %#016llx proximity domain: %#x\n";
inline constexpr char kIommu[] =
    KERN_INFO "IOMMU %d: reg_base_addr %llx ver %d:%d cap %llx ecap %llx\n";
inline constexpr char kDmarUnknown[] = KERN_WARNING "DMAR: Unknown DMAR structure type %d\n";
inline constexpr char kDmarZeroLength[] = KERN_WARNING "DMAR: Invalid 0-length structure\n";
inline constexpr char kDmarBadWidth[] = KERN_WARNING "DMAR: Invalid DMAR haw\n";
inline constexpr char kDmarFailed[] = KERN_INFO "DMAR: parse DMAR table failure.\n";
inline constexpr char kNoDmarUnits[] = KERN_INFO "DMAR: No DMAR devices found\n";
inline constexpr char kUnitNotMapped[] = KERN_ERR "IOMMU: can't map the region\n";
inline void print_unit_failed(int) {}
inline constexpr char kUnitBadWidth[] =
    KERN_ERR "Cannot get a valid agaw for iommu (seq_id = %d)\n";
inline constexpr char kScopeUnsupported[] = KERN_WARNING "DMAR: Unsupported device scope\n";
inline constexpr char kScopeBusMissing[] = KERN_WARNING "DMAR: Device scope bus [%d] not found\n";
inline constexpr char kScopeDeviceMissing[] =
    KERN_WARNING "DMAR: Device scope device [%04x:%02x:%02x.%02x] not found\n";
inline constexpr char kScopeTypeWrong[] =
    KERN_WARNING "DMAR: Device scope type does not match for %04x:%02x:%02x.%d\n";
// drivers/iommu/intr_remapping.c enable_intr_remapping()
inline constexpr char kX2apicOptOut[] = KERN_WARNING
    "Your BIOS is broken and requested that x2apic be disabled\n"
    "This will leave your machine vulnerable to irq-injection attacks\n"
    "Use 'intremap=no_x2apic_optout' to override BIOS request\n";

// arch/x86/kernel/process.c
inline constexpr char kIdlePoll[] = KERN_DEFAULT "using polling idle threads.\n";

}  // namespace msg_3_2

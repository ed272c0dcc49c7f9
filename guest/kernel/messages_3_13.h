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

}  // namespace msg

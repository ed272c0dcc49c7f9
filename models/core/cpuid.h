#pragma once

#include "models/core/cpu_model.h"
#include "models/core/types.h"

namespace apicsim {

class Cpu;

/// Output of CPUID: EAX, EBX, ECX, EDX.
struct CpuidResult {
  u32 eax = 0, ebx = 0, ecx = 0, edx = 0;
};

/// The model's rows by the rules of SDM Vol. 2 (CPUID): leaves out of range read as the highest
/// basic leaf, absent ones as zeros.
CpuidResult cpuid_of_model(const CpuModel& model, u32 leaf, u32 subleaf);
/// What this CPU answers now: with its APIC id and what follows from its registers.
CpuidResult cpuid_of(Cpu& cpu, u32 leaf, u32 subleaf);

/// A feature flag of CPUID: leaf, output register (0..3 = EAX..EDX), bit.
struct CpuidFeature {
  u32 leaf;
  u8 output;
  u8 bit;
};

namespace feature {
inline constexpr CpuidFeature monitor{1, 2, 3}, vmx{1, 2, 5}, smx{1, 2, 6}, cmpxchg16b{1, 2, 13},
    pcid{1, 2, 17}, x2apic{1, 2, 21}, tsc_deadline{1, 2, 24}, xsave{1, 2, 26}, avx{1, 2, 28};
inline constexpr CpuidFeature vme{1, 3, 1}, de{1, 3, 2}, pse{1, 3, 3}, tsc{1, 3, 4}, pae{1, 3, 6},
    mce{1, 3, 7}, sep{1, 3, 11}, mtrr{1, 3, 12}, pge{1, 3, 13}, mca{1, 3, 14}, pat{1, 3, 16},
    pse36{1, 3, 17}, clflush{1, 3, 19}, ds{1, 3, 21}, acpi{1, 3, 22}, fxsr{1, 3, 24}, sse{1, 3, 25},
    sse2{1, 3, 26};
inline constexpr CpuidFeature mwait_extensions{5, 2, 0}, mwait_break{5, 2, 1};
inline constexpr CpuidFeature arat{6, 0, 2};  ///< the APIC timer runs in deep C-states
inline constexpr CpuidFeature fsgsbase{7, 1, 0}, tsc_adjust{7, 1, 1}, smep{7, 1, 7},
    invpcid{7, 1, 10}, smap{7, 1, 20}, umip{7, 2, 2};
inline constexpr CpuidFeature syscall{0x80000001, 3, 11}, no_execute{0x80000001, 3, 20},
    gigabyte_pages{0x80000001, 3, 26}, rdtscp{0x80000001, 3, 27}, long_mode{0x80000001, 3, 29};
}  // namespace feature

bool has_feature(const CpuModel& model, const CpuidFeature& feature);

}  // namespace apicsim

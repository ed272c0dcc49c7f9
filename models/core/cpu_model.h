#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/apic/local_apic_config.h"

namespace apicsim {

/// One row of CPUID output (SDM Vol. 2, CPUID). Leaves whose output depends on the sub-leaf in ECX
/// have one row per sub-leaf; the others have `any_subleaf` set.
struct CpuidLeaf {
  std::uint32_t leaf = 0;
  std::uint32_t subleaf = 0;
  bool any_subleaf = true;
  std::uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};

/// A processor model as data, shared by all CPUs of a machine.
///
/// The rows describe the boot CPU. What differs from CPU to CPU or follows a register is put in by
/// the core: initial APIC id (leaf 1 EBX[31:24], leaf 0xB EDX), APIC (leaf 1 EDX[9], which follows
/// IA32_APIC_BASE.EN) and OSXSAVE (leaf 1 ECX[27]). An absent leaf within the range of its group
/// reads as zeros; one above the highest basic leaf reads as that leaf (SDM Vol. 2, CPUID).
struct CpuModel {
  std::string name;  ///< e.g. "Intel(R) Xeon(R) CPU E5-2680 v2 @ 2.80GHz"
  std::vector<CpuidLeaf> cpuid;
  std::uint64_t reference_hz = 0;       ///< core-reference clock; the unit of Cycle
  std::uint64_t tsc_hz = 0;             ///< time-stamp counter
  std::uint64_t apic_timer_hz = 0;      ///< input of the APIC timer's divider
  unsigned physical_address_bits = 46;  ///< MAXPHYADDR, 32..52
  std::uint32_t microcode_revision = 0;
  std::uint8_t apic_version = 0x15;  ///< local APIC version register, bits 7:0
  std::uint8_t apic_max_lvt = 6;     ///< and bits 23:16
  bool apic_directed_eoi = true;     ///< and bit 24
  ApicGeneration apic_generation = ApicGeneration::xapic;
  std::uint64_t perf_capabilities = 0;  ///< IA32_PERF_CAPABILITIES, where CPUID.1:ECX[15] is set
  std::uint64_t platform_info = 0;      ///< MSR 0xCE, MSR_PLATFORM_INFO (ratio in bits 15:8)
};

}  // namespace apicsim

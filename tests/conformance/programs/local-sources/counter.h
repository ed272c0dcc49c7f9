#pragma once

#include "sources.h"

/// Performance counters, SDM Vol. 3 §20.2: IA32_PMC0 counts instructions.

namespace sources {

constexpr u32 pmc0 = 0xC1, select0 = 0x186, fixed0 = 0x309, fixed_control = 0x38D,
              global_status = 0x38E, global_control = 0x38F, overflow_control = 0x390,
              debug_control = 0x1D9;
constexpr u64 of_user = 1 << 16, of_system = 1 << 17, on_overflow = 1 << 20, counts = 1 << 22;
constexpr u64 instructions = 0xC0;
constexpr Entry performance{apic::reg::lvt_performance};

inline u32 performance_version() { return cpuid(0).eax >= 0xA ? cpuid(0xA).eax & 0xFF : 0; }
inline u64 counter_mask() { return (u64{1} << (cpuid(0xA).eax >> 16 & 0xFF)) - 1; }
/// Leaf 0AH says how many bits of EBX mean something; a set one is an event that is not there.
inline bool counts_instructions() {
  const Cpuid leaf = cpuid(0xA);
  return performance_version() != 0 && (leaf.eax >> 8 & 0xFF) != 0 && leaf.eax >> 24 > 1 &&
         !(leaf.ebx & 2);
}

/// No counter runs, nothing has overflowed.
void stop_counters();
/// IA32_PMC0 stops behind some instructions, `before` of which bring it to its overflow.
void overflow(u64 flags, u32 before = 20);

}  // namespace sources

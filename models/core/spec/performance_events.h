#pragma once

#include <array>

#include "models/core/types.h"

namespace apicsim {

/// What the engine can count of one CPU since its reset. Cycle counts run while it is not halted.
enum class Counted : u8 {
  core_cycles,
  instructions,
  bus_cycles,  ///< of the bus clock, at which the APIC timer runs, too
  llc_references,
  llc_misses,
  branches,
  mispredictions,
  tsc_cycles,  ///< at the rate of the time-stamp counter
  count
};
inline constexpr unsigned counted_kinds = static_cast<unsigned>(Counted::count);
using EventTotals = std::array<u64, counted_kinds>;

/// A pre-defined architectural performance event, SDM Vol. 3 table 18-1.
struct ArchitecturalEvent {
  u8 select, umask;
  u8 absent_bit;  ///< CPUID.0AH:EBX: set when the processor does not have it
  Counted kind;
  const char* name;
};
inline constexpr std::array<ArchitecturalEvent, 7> architectural_events = {{
    {0x3C, 0x00, 0, Counted::core_cycles, "UnHalted Core Cycles"},
    {0xC0, 0x00, 1, Counted::instructions, "Instruction Retired"},
    {0x3C, 0x01, 2, Counted::bus_cycles, "UnHalted Reference Cycles"},
    {0x2E, 0x4F, 3, Counted::llc_references, "LLC Reference"},
    {0x2E, 0x41, 4, Counted::llc_misses, "LLC Misses"},
    {0xC4, 0x00, 5, Counted::branches, "Branch Instruction Retired"},
    {0xC5, 0x00, 6, Counted::mispredictions, "Branch Misses Retired"},
}};

/// Fixed-function counters 0..2, SDM Vol. 3 §18.2.2.
inline constexpr std::array<Counted, 3> fixed_events = {Counted::instructions, Counted::core_cycles,
                                                        Counted::tsc_cycles};

/// IA32_PERFEVTSELx, SDM Vol. 3 figure 18-1 and 18-6.
namespace event_select {
inline constexpr u64 user = 1u << 16, system = 1u << 17, edge = 1u << 18, pin = 1u << 19,
                     interrupt = 1u << 20, any_thread = 1u << 21, enable = 1u << 22,
                     invert = 1u << 23;
inline constexpr unsigned threshold_shift = 24;
}  // namespace event_select

/// One field of IA32_FIXED_CTR_CTRL; counter n has bits 4n+3:4n.
namespace fixed_control {
inline constexpr u64 system = 1, user = 2, any_thread = 4, interrupt = 8;
}

/// IA32_DEBUGCTL, SDM Vol. 3 §17.4.1.
namespace debug_control {
inline constexpr u64 last_branch = 1u << 0, branch_step = 1u << 1, trace = 1u << 6,
                     store_trace = 1u << 7, freeze_lbrs = 1u << 11, freeze_counters = 1u << 12,
                     uncore_interrupt = 1u << 13, freeze_in_smm = 1u << 14;
}

/// IA32_PERF_CAPABILITIES.
namespace perf_capability {
inline constexpr u64 freeze_in_smm = 1u << 12, full_width = 1u << 13;
}

}  // namespace apicsim

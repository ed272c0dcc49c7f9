#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <optional>

#include "models/core/cpu_model.h"
#include "models/core/timing/timing_config.h"
#include "models/power/cstate_config.h"
#include "models/time/cycle.h"

namespace apicsim {

/// Costs and distances of the core, in cycles; every value is an entry of a timing profile.
struct CoreLatencies {
  static constexpr std::size_t apic_registers = 64;

  Cycle port_io = 0;          ///< IN/OUT beyond the instruction's own cycle, before device delay
  Cycle uncached_access = 0;  ///< load or store that is routed by the fabric, before device delay
  /// Local APIC registers by offset / 16: load or store to the own page, RDMSR/WRMSR of MSR 0x800 +
  /// index.
  std::array<Cycle, apic_registers> apic_page_access{};
  std::array<Cycle, apic_registers> apic_msr_access{};
  Cycle msr_access = 0;             ///< RDMSR/WRMSR of any other register
  Cycle icr_send = 0;               ///< an IPI occupies the local APIC that sends it
  Cycle event_delivery = 1;         ///< exception or interrupt through the IDT, at least 1
  Cycle interrupt_acknowledge = 0;  ///< INTA cycles to the external controller, before delivery
  Cycle smi_entry = 0;  ///< from the boundary to the SMM handler's first instruction, at least 1
  Cycle modulation_period = 1;  ///< of a modulated clock: running and standing, at least 1
  Cycle smi_resume = 0;         ///< RSM, beyond the instruction's own cycle
};

/// How far CPUs may run apart (design §4, CPU scheduling).
enum class Scheduling : std::uint8_t {
  exact,  ///< an access that others can notice waits until its CPU is the earliest
  fast,   ///< only device accesses wait; the lookahead bounds the difference in time
};

struct CpuComplexConfig {
  CpuModel model;
  CoreLatencies latencies;
  /// Initial APIC ids in the order of the logical CPU numbers; CPU 0 is the bootstrap processor.
  std::vector<std::uint32_t> apic_ids;
  /// Package of each CPU, counted from 0; empty: all are in one.
  std::vector<std::uint32_t> packages;
  Scheduling scheduling = Scheduling::exact;
  /// How many cycles a CPU may be ahead of the earliest other one, at least 1. Exact scheduling
  /// wants no more than the smallest latency by which one CPU can affect another.
  Cycle lookahead = 1;
  /// Numbers of CPUs whose firmware leaves the local APIC in x2APIC mode, which they must have.
  std::vector<std::uint32_t> x2apic_at_start;
  /// The firmware leaves the bootstrap processor with SVR[12] set, so that an EOI for a
  /// level-triggered interrupt does not go to the I/O APICs (SDM Vol. 3 §11.8.5). It must have it.
  bool eoi_broadcast_suppressed = false;
  /// Timed execution; none: functional, one instruction per cycle. To be checked before.
  std::optional<TimingConfig> timing;
  /// C-states with their costs; none: HLT and MWAIT only wait. One place per CPU.
  std::optional<PowerConfig> power;
};

}  // namespace apicsim

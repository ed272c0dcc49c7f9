#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "models/core/timing/core_timing_config.h"
#include "models/core/timing/instruction_table.h"
#include "models/memory/hierarchy/memory_timing_config.h"
#include "models/power/cstate_config.h"
#include "models/time/cycle.h"
#include "sim/scenario/place.h"

namespace apicsim {

/// How a latency is known (design: costs).
enum class LatencyKind : std::uint8_t { measured, derived, assumed };

/// What a published figure behind an entry serves for: the entry was set from it, or the figure is
/// kept apart to check what comes out.
enum class PublishedUse : std::uint8_t { none, calibration, check };

/// One named entry of a profile with what it rests on: a cost in cycles of the machine's reference
/// clock, or a size of the machine.
struct Latency {
  std::string name;  ///< with its section: "latency.msi", "core.issue_width", "instruction.alu"
  Cycle value = 0;
  LatencyKind kind = LatencyKind::assumed;
  Cycle low = 0;   ///< for a measured one without a band: the value
  Cycle high = 0;  ///< likewise
  std::string source;
  PublishedUse use = PublishedUse::none;
};

/// Another value for an entry, from the scenario's [timing_entries].
struct TimingOverride {
  enum class Kind : std::uint8_t { low, high, number, text };
  Place place;
  std::string name;
  Kind kind = Kind::number;
  std::uint64_t number = 0;
  std::string text;  ///< a time, "1us"
};

/// The costs of a run. Every member is one entry of configs/timing/<name>.toml.
struct TimingProfile {
  static constexpr std::size_t apic_registers = 64;  ///< 16 bytes apart, from offset 0

  std::string name;
  std::string title;
  Cycle cycles_per_instruction = 1;  ///< functional execution: always 1
  Cycle port_io = 0;                 ///< IN or OUT, without the device's own time
  Cycle uncached_access = 0;         ///< load or store to a device, without the device's own time
  Cycle apic_page_access = 0;        ///< xAPIC register
  Cycle apic_msr_access = 0;         ///< x2APIC register
  /// Registers that cost otherwise than the two above say, by offset / 16.
  std::array<std::optional<Cycle>, apic_registers> apic_page, apic_msr;
  Cycle msr_access = 0;             ///< any other MSR
  Cycle event_delivery = 1;         ///< exception or interrupt through the IDT
  Cycle interrupt_acknowledge = 0;  ///< vector of an ExtINT from the 8259, before its delivery
  Cycle smi_entry = 1;              ///< SMI to the first instruction of its handler
  Cycle smi_resume = 0;             ///< RSM
  Cycle modulation_period = 1;      ///< of a modulated clock, running and standing
  Cycle ipi_same_core = 1;          ///< ICR write to acceptance by an SMT sibling
  Cycle ipi_same_socket = 1;
  Cycle ipi_cross_socket = 1;
  Cycle icr_send = 0;              ///< an IPI occupies the APIC that sends it
  Cycle msi = 0;                   ///< device write to acceptance by the local APIC
  Cycle interrupt_remap_hit = 0;   ///< interrupt request through a remapping unit, entry cached
  Cycle interrupt_remap_miss = 0;  ///< with the entry read from memory
  Cycle queued_invalidation = 0;   ///< one descriptor of a remapping unit's queue
  Cycle dma_remap_lookup = 0;      ///< DMA through a remapping unit, translation cached
  Cycle dma_remap_read = 0;        ///< each read of a table that a missing translation costs
  Cycle vtd_command = 0;           ///< global command of a remapping unit until its status tells
  Cycle vtd_invalidation = 0;      ///< invalidation by a remapping unit's registers
  Cycle device_tlb_time_out = 0;   ///< after which a device is taken not to answer the unit
  Cycle uart_byte = 0;             ///< transmission of one byte by a serial port
  Cycle edu_dma = 0;               ///< command to transfer of the edu device
  Cycle nic_frame = 0;             ///< one frame of a network controller, doorbell to wire
  Cycle nvme_command = 0;          ///< fetch to completion of a storage command, without transfers
  Cycle offload_instruction = 0;   ///< one instruction of the offload engine's processor
  CStateConfig cstates;
  /// Sections core, instruction and memory are there: the profile can time what runs in the core.
  bool timed = false;
  CoreTimingConfig core;
  InstructionTable instructions;
  MemoryParameters memory;
  std::vector<Latency> entries;  ///< all of the above with kind, band and source

  /// Smallest latency by which one CPU can affect another; at least 1.
  Cycle lookahead() const;
};

/// Reads a profile, and the one that it is based on; times become cycles of a clock of
/// `reference_hz`, rounded up. Throws ScenarioError.
TimingProfile load_timing_profile(const std::filesystem::path& file, std::uint64_t reference_hz,
                                  const std::vector<TimingOverride>& overrides = {});

}  // namespace apicsim

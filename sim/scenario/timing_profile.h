#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "models/time/cycle.h"

namespace apicsim {

/// How a latency is known (design: costs).
enum class LatencyKind : std::uint8_t { measured, derived, assumed };

/// One named cost in cycles of the machine's reference clock, with what it rests on.
struct Latency {
  std::string name;
  Cycle value = 0;
  LatencyKind kind = LatencyKind::assumed;
  Cycle low = 0;   ///< for a measured one without a band: the value
  Cycle high = 0;  ///< likewise
  std::string source;
};

/// The costs of a run. Every member is one entry of configs/timing/<name>.toml.
struct TimingProfile {
  std::string name;
  std::string title;
  Cycle cycles_per_instruction = 1;  ///< functional execution: always 1
  Cycle port_io = 0;                 ///< IN or OUT, without the device's own time
  Cycle uncached_access = 0;         ///< load or store to a device, without the device's own time
  Cycle apic_page_access = 0;        ///< xAPIC register
  Cycle apic_msr_access = 0;         ///< x2APIC register
  Cycle msr_access = 0;              ///< any other MSR
  Cycle event_delivery = 1;          ///< exception or interrupt through the IDT
  Cycle ipi_same_core = 1;           ///< ICR write to acceptance by an SMT sibling
  Cycle ipi_same_socket = 1;
  Cycle ipi_cross_socket = 1;
  Cycle msi = 0;                 ///< device write to acceptance by the local APIC
  Cycle uart_byte = 0;           ///< transmission of one byte by a serial port
  Cycle edu_dma = 0;             ///< command to transfer of the edu device
  std::vector<Latency> entries;  ///< all of the above with kind, band and source

  /// Smallest latency by which one CPU can affect another; at least 1.
  Cycle lookahead() const;
};

/// Reads a profile; times become cycles of a clock of `reference_hz`, rounded up.
/// Throws ScenarioError.
TimingProfile load_timing_profile(const std::filesystem::path& file, std::uint64_t reference_hz);

}  // namespace apicsim

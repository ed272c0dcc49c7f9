#pragma once

#include <cstdint>

/// The serial bus between the APICs of the time before the Pentium 4: SDM Vol. 3 §11.10 and
/// §11.13 ("APIC Bus Message Formats").
namespace apicsim::serial_bus {

// Lengths of messages in bus cycles, from the start of arbitration to the idle cycle.
inline constexpr unsigned eoi_cycles = 14;              ///< end of interrupt, §11.13
inline constexpr unsigned short_cycles = 21;            ///< one destination, or a focus processor
inline constexpr unsigned lowest_priority_cycles = 34;  ///< with the arbitration of priorities
inline constexpr unsigned remote_read_cycles = 39;      ///< 82801AA data sheet, Table 5-18

/// Arbitration ids have 4 bits; the highest wins, and rotates to 0 (§11.7).
inline constexpr std::uint8_t highest_id = 15;

}  // namespace apicsim::serial_bus

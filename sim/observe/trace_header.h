#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/observe/event_types.h"

namespace apicsim {

/// A field as a trace file declares it; see EventField.
struct TraceField {
  std::string name;
  std::string unit;
  FieldFormat format = FieldFormat::decimal;
  bool timing = false;
};

/// An event as a trace file declares it; see EventType.
struct TraceDeclaration {
  std::string name;
  std::vector<TraceField> fields;
};

/// What a trace file says of itself before its events. Digests are SHA-256 in hexadecimal. Nothing
/// in it comes from the host or from when it was made.
struct TraceHeader {
  std::string scenario;         ///< "hp-dl360p-gen8/freelist-gpf"
  std::string scenario_digest;  ///< scenario, machine, workload: all that decides but the rest here
  std::string image;            ///< file name of the guest image
  std::string image_digest;     ///< of the file
  std::string profile;          ///< timing profile
  std::string profile_digest;   ///< its values, without titles and sources
  std::optional<std::uint64_t> seed;
  std::uint32_t cpus = 0;
  std::uint64_t reference_hz = 1;  ///< the clock of all cycles in the file
  std::uint64_t tsc_hz = 0;
  std::uint64_t apic_timer_hz = 0;
  bool folded = false;  ///< frequent probes are folded, as in a golden trace
  std::vector<TraceDeclaration> events;
};

/// Limits of a readable header.
inline constexpr std::uint32_t trace_most_cpus = 1u << 16;
inline constexpr std::size_t trace_most_fields = 8;

/// The declarations of this program, in the order of EventId.
std::vector<TraceDeclaration> declared_events();

/// The header as JSON text, on one line.
std::string header_json(const TraceHeader& header);
/// Throws TraceError with what is wrong, without the file's name.
TraceHeader parse_header(const std::string& json);

}  // namespace apicsim

#pragma once

#include <cstdint>
#include <string>

#include "sim/observe/trace_decoder.h"
#include "sim/observe/trace_file.h"

namespace apicsim {

/// One event as one line:
///
///     cycle nanoseconds cpu name field=value ...
///
/// Columns are separated by one space; a device's event has '-' as CPU. Nanoseconds have three
/// decimals, rounded down.
std::string event_line(const TraceFile& file, const TraceEvent& event);

/// "field=value" of one field.
std::string field_text(const TraceField& field, std::uint64_t value, const TraceDecoder& decoder);

/// Nanoseconds of a cycle with three decimals, rounded down.
std::string nanoseconds_text(Cycle cycle, std::uint64_t reference_hz);

/// A text of the guest on one line of printable ASCII: everything else as \xNN.
std::string printable(const std::string& text);

}  // namespace apicsim

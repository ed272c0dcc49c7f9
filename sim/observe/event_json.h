#pragma once

#include <string>

#include "sim/observe/trace_file.h"

namespace apicsim {

/// One event as a JSON object on one line: cycle, ns (text with three decimals), cpu (null for
/// devices), event, fields (numbers; requesters and texts as text).
std::string event_json(const TraceFile& file, const TraceEvent& event);

}  // namespace apicsim

#include "sim/observe/trace_content.h"

#include <algorithm>
#include <utility>

namespace apicsim {

namespace {

// Space for more than this is taken as events come: their number in a file may be a lie.
constexpr std::uint64_t kMostReserved = 1u << 20;

}  // namespace

TraceContent::TraceContent(TraceFile trace) : file(std::move(trace)) {
  events.reserve(std::min(file.events(), kMostReserved));
  for (TraceEvent event; file.next(event);) events.push_back(event);
}

}  // namespace apicsim

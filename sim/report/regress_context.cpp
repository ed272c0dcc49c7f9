#include <fmt/format.h>

#include <algorithm>

#include "sim/observe/event_text.h"
#include "sim/report/regress_report.h"

namespace apicsim {

namespace {

constexpr std::size_t kBefore = 4;
constexpr std::size_t kAfter = 3;

/// Lines around an event, or around the place where it would be.
std::vector<std::string> context(const TraceContent& trace, std::optional<std::size_t> at,
                                 Cycle cycle) {
  const auto& events = trace.events;
  const auto earlier = [](const TraceEvent& event, Cycle time) { return event.cycle < time; };
  const auto middle =
      at ? *at
         : static_cast<std::size_t>(std::lower_bound(events.begin(), events.end(), cycle, earlier) -
                                    events.begin());
  const std::size_t first = middle - std::min(middle, kBefore);
  const std::size_t last = std::min(events.size(), middle + kAfter + (at ? 1 : 0));
  std::vector<std::string> lines;
  for (std::size_t i = first; i < last; ++i) {
    if (i == middle && !at) lines.push_back("> (no such event)");
    lines.push_back((at && i == *at ? "> " : "  ") + event_line(trace.file, events[i]));
  }
  if (!at && middle >= last) lines.push_back("> (no such event)");
  return lines;
}

}  // namespace

void add_context(const TraceContent& golden, const TraceContent& run, RegressResult& result) {
  if (!result.comparison.first) return;
  const Divergence& first = *result.comparison.first;
  const Cycle cycle =
      first.golden ? golden.events[*first.golden].cycle : run.events[*first.run].cycle;
  result.first_time = fmt::format(
      "cycle {} ({} ns), {}", cycle, nanoseconds_text(cycle, golden.file.header().reference_hz),
      first.table.cpu == TraceEvent::no_cpu ? std::string("no CPU")
                                            : fmt::format("CPU {}", first.table.cpu));
  result.golden_context = context(golden, first.golden, cycle);
  result.run_context = context(run, first.run, cycle);
}

}  // namespace apicsim

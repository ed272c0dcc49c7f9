#include "sim/cli/event_filter.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <sstream>

#include "sim/cli/exit_status.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/units.h"

namespace apicsim {

void EventFilter::set_cpus(const std::string& list) {
  std::istringstream stream(list);
  for (std::string part; std::getline(stream, part, ',');) {
    if (part == "-") {
      m_cpus.push_back({TraceEvent::no_cpu, TraceEvent::no_cpu});
      continue;
    }
    const std::size_t dash = part.find('-');
    const auto first = parse_unsigned(part.substr(0, dash));
    const auto last = dash == std::string::npos ? first : parse_unsigned(part.substr(dash + 1));
    if (!first || !last || *last < *first)
      throw UsageError(fmt::format(
          "apicsim trace: --cpu: '{}' is no CPU; allowed: 3, 4-7, - (devices), with commas", part));
    m_cpus.push_back({*first, *last});
  }
}

bool EventFilter::takes(const TraceFile& file, const TraceEvent& event) {
  return event.cycle >= m_from && event.cycle <= m_to && takes_cpu(event.cpu) &&
         takes_kind(file, event.kind);
}

bool EventFilter::takes_cpu(std::uint32_t cpu) const {
  return m_cpus.empty() || std::any_of(m_cpus.begin(), m_cpus.end(), [cpu](const auto& range) {
           return cpu >= range.first && cpu <= range.second;
         });
}

bool EventFilter::takes_kind(const TraceFile& file, std::uint32_t kind) {
  if (m_names.empty()) return true;
  if (m_kinds.size() <= kind) m_kinds.resize(kind + 1, -1);
  if (m_kinds[kind] < 0) {
    const std::string& name = file.decoder().kinds()[kind].name;
    m_kinds[kind] = std::any_of(m_names.begin(), m_names.end(), [&](const std::string& pattern) {
      return fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
    });
  }
  return m_kinds[kind] == 1;
}

Cycle parse_moment(const std::string& text, std::uint64_t reference_hz, const std::string& option) {
  if (const auto cycle = parse_unsigned(text)) return *cycle;
  if (const auto picoseconds = parse_duration(text))
    return cycles_from_picoseconds(*picoseconds, reference_hz);
  throw UsageError(fmt::format(
      "apicsim trace: --{}: '{}' is no time; allowed: a cycle (407701385) or a time (145.6ms)",
      option, text));
}

}  // namespace apicsim

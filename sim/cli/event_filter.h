#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "models/time/cycle.h"
#include "sim/observe/trace_file.h"

namespace apicsim {

/// Which events of a trace the user wants to see. An empty list takes all.
class EventFilter {
 public:
  /// CPUs as "0,4-7,-" ('-' stands for devices and the machine). Throws UsageError.
  void set_cpus(const std::string& list);
  /// A name with * and ? as in file names; one of several may match.
  void add_name(const std::string& pattern) { m_names.push_back(pattern); }
  void set_from(Cycle cycle) { m_from = cycle; }
  void set_to(Cycle cycle) { m_to = cycle; }

  bool takes(const TraceFile& file, const TraceEvent& event);

 private:
  bool takes_cpu(std::uint32_t cpu) const;
  bool takes_kind(const TraceFile& file, std::uint32_t kind);

  std::vector<std::pair<std::uint64_t, std::uint64_t>> m_cpus;  ///< first and last
  std::vector<std::string> m_names;
  std::vector<signed char> m_kinds;  ///< by kind: 1 taken, 0 not, -1 not asked yet
  Cycle m_from = 0;
  Cycle m_to = never;
};

/// A point in time: a cycle ("1000"), or a time ("1.5ms") on a clock of `reference_hz`, rounded up.
/// Throws UsageError, which names `option`.
Cycle parse_moment(const std::string& text, std::uint64_t reference_hz, const std::string& option);

}  // namespace apicsim

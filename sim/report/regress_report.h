#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/observe/trace_compare.h"

namespace apicsim {

/// What became of one scenario in `apicsim regress`, as plain data.
struct RegressResult {
  enum class Status : std::uint8_t {
    same,
    moved,      ///< same events and values at other cycles
    different,  ///< other events or values
    recorded,   ///< a golden trace where there was none
    updated,    ///< another golden trace in place of the old one
    error,
  };

  std::string scenario;
  Status status = Status::same;
  std::uint64_t events = 0;        ///< of the run
  std::string message;             ///< of an error, one line
  std::vector<std::string> notes;  ///< what else changed, one line each
  TraceComparison comparison;
  std::string first_time;                   ///< "cycle 120 (0.060 us), CPU 3"
  std::vector<std::string> golden_context;  ///< lines around the first divergence, '>' marks it
  std::vector<std::string> run_context;
};

const char* status_name(RegressResult::Status status);

/// Adds time and context of the first divergence.
void add_context(const TraceContent& golden, const TraceContent& run, RegressResult& result);

/// For people; one line for a scenario that is the same, more for others. Ends with a line end.
std::string regress_text(const RegressResult& result, bool colour);
/// All results as one JSON object.
std::string regress_json(const std::vector<RegressResult>& results);

}  // namespace apicsim

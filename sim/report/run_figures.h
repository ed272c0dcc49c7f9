#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace apicsim {

/// Blocks of a comparison, in the order in which they are shown.
enum class FigureGroup : std::uint8_t { measurements, run, interrupts, messages, allocator, dma };

/// "measurements", "run", ...
const char* group_name(FigureGroup group);

enum class FigureUnit : std::uint8_t { picoseconds, nanoseconds, cycles, count, per_second };

/// One number of a run that can be compared with that of another one.
struct Figure {
  FigureGroup group = FigureGroup::run;
  std::string row;        ///< "ipi-cross", "instructions", "local_timer", ...
  std::string statistic;  ///< "median", "p99"; empty where there is only one
  FigureUnit unit = FigureUnit::count;
  std::uint64_t value = 0;
  /// Of a measurement: a sample holds several operations, so that a cycle has parts.
  bool fractional = false;
};

/// What a comparison takes from one run.
struct RunFigures {
  std::string scenario;
  std::string profile;
  std::string outcome;
  int exit_status = 0;
  bool as_expected = true;  ///< it finished, or ended as its scenario says
  std::uint64_t tsc_hz = 0;
  std::vector<Figure> figures;
  std::vector<std::string> assumed;  ///< names of the profile's assumed entries with a band
};

/// A report that is not one of 'apicsim run --json'.
class ReportError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Reads the JSON report of a run. Throws ReportError.
RunFigures read_run_figures(const std::string& json);

}  // namespace apicsim

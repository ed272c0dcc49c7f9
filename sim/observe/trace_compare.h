#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/observe/trace_content.h"

namespace apicsim {

/// Events of one name on one CPU: what is compared with each other, first with first, second with
/// second. A change of cycles may put events of different CPUs or names into another order.
struct TraceTable {
  std::string name;
  std::uint32_t cpu = TraceEvent::no_cpu;
};

/// A table in which cycles, or values that follow from them, moved. Shifts are run minus golden.
struct MovedTable {
  TraceTable table;
  std::uint64_t events = 0;
  std::uint64_t moved = 0;  ///< in time; 0: only values that follow from times differ
  std::int64_t min = 0;
  std::int64_t median = 0;  ///< the lower one of two
  std::int64_t max = 0;
  Cycle first = never;  ///< golden cycle of the first that moved
};

/// A table whose content differs.
struct DifferentTable {
  TraceTable table;
  std::uint64_t golden = 0;  ///< events there
  std::uint64_t run = 0;
  std::uint64_t different = 0;  ///< events without an equal one on the other side
};

/// Where two traces part.
struct Divergence {
  TraceTable table;
  std::uint64_t number = 0;           ///< of the event in its table, from 0
  std::optional<std::size_t> golden;  ///< index of the event; none: it is missing there
  std::optional<std::size_t> run;
  std::string field;         ///< that differs; empty when an event is missing
  std::string golden_value;  ///< "vector=0xef"
  std::string run_value;
};

struct TraceComparison {
  enum class Result : std::uint8_t { same, moved, different };

  Result result = Result::same;
  std::optional<Divergence> first;  ///< of what `result` says
  std::vector<MovedTable> moved;
  std::vector<DifferentTable> different;
};

/// Compares events and values. When times differ somewhere, differences in what follows from times
/// count as moved: fields declared as timing, and decimal numbers within texts. Otherwise every
/// difference is one of content.
TraceComparison compare_traces(const TraceContent& golden, const TraceContent& run);

}  // namespace apicsim

#pragma once

#include <cstdint>
#include <ostream>
#include <vector>

#include "models/time/timebase.h"
#include "sim/observe/event_stream.h"

namespace apicsim {

/// One line per event, sorted by cycle (events of one cycle in the order of simulation):
///
///     cycle nanoseconds cpu name field=value ...
///
/// Columns are separated by one space; a device's event has '-' as CPU. Nanoseconds have three
/// decimals, rounded down. Lines are written once no earlier event can follow.
class TextTrace final : public EventSink {
 public:
  /// `window`: cycles by which events may arrive out of order. `out` must outlive the trace.
  TextTrace(std::ostream& out, std::uint64_t reference_hz, Cycle window);

  void event(const Event& event) override;
  void finish() override;

  static std::string line(const Event& event, std::uint64_t reference_hz);

 private:
  struct Waiting {
    Event event;
    std::uint64_t sequence;
  };
  static bool later(const Waiting& left, const Waiting& right);
  void write_until(Cycle cycle);

  std::ostream& m_out;
  std::uint64_t m_hz;
  Cycle m_window;
  Cycle m_latest = 0;
  std::uint64_t m_sequence = 0;
  std::vector<Waiting> m_waiting;  ///< heap, the earliest on top
};

}  // namespace apicsim

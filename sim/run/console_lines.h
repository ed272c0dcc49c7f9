#pragma once

#include <string>

#include "models/devices/byte_sink.h"
#include "sim/observe/event_stream.h"

namespace apicsim {

/// Makes the guest's serial output into events, one per line, at the time of its last byte. The
/// kernel's time stamp ("[    0.012266] ") is left out: the event has its own.
class ConsoleLines final : public ByteSink {
 public:
  /// Longer lines are cut into pieces.
  static constexpr std::size_t longest = 1024;

  explicit ConsoleLines(EventStream& events) : m_events(events) {}

  void put(std::uint8_t byte, Cycle at) override;
  /// A line that was not ended becomes an event, too.
  void finish();

  static std::string without_time_stamp(const std::string& line);

 private:
  void emit();

  EventStream& m_events;
  std::string m_line;
  Cycle m_at = 0;
};

}  // namespace apicsim

#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/time/cycle.h"
#include "sim/observe/event_types.h"

namespace apicsim {

/// One event: `values` in the order of its type's fields, the first `count` of them in use.
struct Event {
  static constexpr std::uint32_t no_cpu = ~std::uint32_t{0};

  EventId id = EventId::run_end;
  std::uint32_t cpu = no_cpu;
  Cycle cycle = 0;
  /// Replaces the type's name (a probe's own); lives as long as the run. nullptr: the type's name.
  const char* name = nullptr;
  std::array<std::uint64_t, event_fields> values{};
  unsigned count = 0;
  /// The field after the last value where that is a text, else nullptr; lives during event().
  const char* text = nullptr;
};

/// Takes events in the order in which they were simulated: CPUs run ahead of each other by up to
/// the lookahead, so cycles of different CPUs may step back by that much.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void event(const Event& event) = 0;
  virtual void finish() {}
};

/// The one stream of events of a run. Without a sink, listening() is the one branch that an event
/// costs.
class EventStream {
 public:
  void add(EventSink& sink) { m_sinks.push_back(&sink); }
  bool listening() const { return !m_sinks.empty(); }

  void emit(const Event& event) {
    for (EventSink* sink : m_sinks) sink->event(event);
  }
  void finish() {
    for (EventSink* sink : m_sinks) sink->finish();
  }

 private:
  std::vector<EventSink*> m_sinks;
};

}  // namespace apicsim

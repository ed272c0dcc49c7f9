#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "sim/observe/event_text.h"
#include "sim/observe/trace_file.h"
#include "sim/observe/trace_writer.h"

namespace apicsim::testing {

inline TraceHeader small_header(std::uint64_t hz = 1'000'000'000, std::uint32_t cpus = 4) {
  TraceHeader header;
  header.scenario = "test/small";
  header.scenario_digest = std::string(64, 'a');
  header.image = "guest.elf";
  header.image_digest = std::string(64, 'b');
  header.profile = "functional";
  header.profile_digest = std::string(64, 'c');
  header.seed = 7;
  header.cpus = cpus;
  header.reference_hz = hz;
  header.tsc_hz = 2 * hz;
  header.apic_timer_hz = hz / 10;
  return header;
}

inline Event event_of(EventId id, Cycle cycle, std::uint32_t cpu,
                      const std::vector<std::uint64_t>& values) {
  Event event;
  event.id = id;
  event.cycle = cycle;
  event.cpu = cpu;
  for (const std::uint64_t value : values) event.values[event.count++] = value;
  return event;
}

inline Event probe_of(const char* name, Cycle cycle, std::uint32_t cpu,
                      const std::vector<std::uint64_t>& values) {
  Event event = event_of(EventId::probe, cycle, cpu, values);
  event.name = name;
  return event;
}

inline Event line_of(const char* text, Cycle cycle) {
  Event event = event_of(EventId::console_line, cycle, Event::no_cpu, {});
  event.text = text;
  return event;
}

/// The bytes of a trace file with these events.
inline std::string trace_of(const std::vector<Event>& events,
                            const TraceHeader& header = small_header()) {
  std::ostringstream out;
  TraceWriter writer(out, header);
  for (const Event& event : events) writer.event(event);
  writer.finish();
  return out.str();
}

/// Its events as text.
inline std::vector<std::string> lines_of(const std::string& bytes) {
  TraceFile file(bytes, "test.trace");
  std::vector<std::string> lines;
  for (TraceEvent event; file.next(event);) lines.push_back(event_line(file, event));
  return lines;
}

/// Collects what comes out of a sink that passes events on.
class Collector final : public EventSink {
 public:
  void event(const Event& event) override { events.push_back(event); }
  void finish() override { finished = true; }

  std::vector<Event> events;
  bool finished = false;
};

}  // namespace apicsim::testing

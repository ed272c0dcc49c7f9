#include "sim/observe/text_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "sim/observe/vector_names.h"

namespace apicsim {

namespace {

constexpr std::uint64_t kPicosecondsPerSecond = 1'000'000'000'000;

std::string field_text(const EventField& field, std::uint64_t value) {
  switch (field.format) {
    case FieldFormat::hexadecimal:
      return fmt::format("{}={:#x}", field.name, value);
    case FieldFormat::requester:
      return fmt::format("{}={:02x}:{:02x}.{}", field.name, value >> 8 & 0xFF, value >> 3 & 0x1F,
                         value & 7);
    default:
      return fmt::format("{}={}{}", field.name, value, field.unit);
  }
}

std::string name_of(const Event& event) {
  if (event.name != nullptr) return event.name;
  if (event.id == EventId::interrupt)
    return vector_event_name(static_cast<std::uint8_t>(event.values[0]));
  return event_type(event.id).name;
}

}  // namespace

TextTrace::TextTrace(std::ostream& out, std::uint64_t reference_hz, Cycle window)
    : m_out(out), m_hz(reference_hz), m_window(window) {}

bool TextTrace::later(const Waiting& left, const Waiting& right) {
  if (left.event.cycle != right.event.cycle) return left.event.cycle > right.event.cycle;
  return left.sequence > right.sequence;
}

void TextTrace::event(const Event& event) {
  m_waiting.push_back({event, m_sequence++});
  std::push_heap(m_waiting.begin(), m_waiting.end(), later);
  m_latest = std::max(m_latest, event.cycle);
  if (m_latest > m_window) write_until(m_latest - m_window);
}

void TextTrace::finish() {
  write_until(never);
  m_out.flush();
}

void TextTrace::write_until(Cycle cycle) {
  while (!m_waiting.empty() && m_waiting.front().event.cycle <= cycle) {
    m_out << line(m_waiting.front().event, m_hz) << '\n';
    std::pop_heap(m_waiting.begin(), m_waiting.end(), later);
    m_waiting.pop_back();
  }
}

std::string TextTrace::line(const Event& event, std::uint64_t reference_hz) {
  const auto picoseconds =
      static_cast<std::uint64_t>(WideCycle{event.cycle} * kPicosecondsPerSecond / reference_hz);
  std::string text =
      fmt::format("{} {}.{:03} ", event.cycle, picoseconds / 1000, picoseconds % 1000);
  text += event.cpu == Event::no_cpu ? "-" : std::to_string(event.cpu);
  text += ' ' + name_of(event);
  const EventType& type = event_type(event.id);
  for (unsigned i = 0; i < event.count; ++i)
    text += ' ' + field_text(type.fields[i], event.values[i]);
  return text;
}

}  // namespace apicsim

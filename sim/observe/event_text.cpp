#include "sim/observe/event_text.h"

#include <fmt/format.h>

#include "models/time/cycle.h"

namespace apicsim {

namespace {

constexpr std::uint64_t kPicosecondsPerSecond = 1'000'000'000'000;

}  // namespace

std::string printable(const std::string& text) {
  std::string shown;
  for (const char c : text) {
    if (c == '\\' || c == '"')
      shown += {'\\', c};
    else if (c >= ' ' && c <= '~')
      shown += c;
    else
      shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
  return shown;
}

std::string nanoseconds_text(Cycle cycle, std::uint64_t reference_hz) {
  const WideCycle picoseconds = WideCycle{cycle} * kPicosecondsPerSecond / reference_hz;
  return fmt::format("{}.{:03}", static_cast<std::uint64_t>(picoseconds / 1000),
                     static_cast<std::uint64_t>(picoseconds % 1000));
}

std::string field_text(const TraceField& field, std::uint64_t value, const TraceDecoder& decoder) {
  switch (field.format) {
    case FieldFormat::hexadecimal:
      return fmt::format("{}={:#x}", field.name, value);
    case FieldFormat::requester:
      return fmt::format("{}={:02x}:{:02x}.{}", field.name, value >> 8 & 0xFF, value >> 3 & 0x1F,
                         value & 7);
    case FieldFormat::text:
      return fmt::format("{}=\"{}\"", field.name, printable(decoder.text(value)));
    default:
      return fmt::format("{}={}{}", field.name, value, field.unit);
  }
}

std::string event_line(const TraceFile& file, const TraceEvent& event) {
  const TraceKind& kind = file.decoder().kinds()[event.kind];
  std::string line =
      fmt::format("{} {} ", event.cycle, nanoseconds_text(event.cycle, file.header().reference_hz));
  line += event.cpu == TraceEvent::no_cpu ? "-" : std::to_string(event.cpu);
  line += ' ' + printable(kind.name);
  const auto& fields = file.decoder().fields(kind);
  for (std::uint32_t i = 0; i < kind.count; ++i)
    line += ' ' + field_text(fields[i], event.values[i], file.decoder());
  return line;
}

}  // namespace apicsim

#include "sim/observe/event_json.h"

#include <nlohmann/json.hpp>

#include "sim/observe/event_text.h"

namespace apicsim {

namespace {

using Json = nlohmann::ordered_json;

Json value_json(const TraceField& field, std::uint64_t value, const TraceDecoder& decoder) {
  if (field.format == FieldFormat::text) return decoder.text(value);
  if (field.format == FieldFormat::requester)
    return field_text(field, value, decoder).substr(field.name.size() + 1);
  return value;
}

}  // namespace

std::string event_json(const TraceFile& file, const TraceEvent& event) {
  const TraceKind& kind = file.decoder().kinds()[event.kind];
  const auto& fields = file.decoder().fields(kind);
  Json json = {{"cycle", event.cycle},
               {"ns", nanoseconds_text(event.cycle, file.header().reference_hz)}};
  json["cpu"] = event.cpu == TraceEvent::no_cpu ? Json(nullptr) : Json(event.cpu);
  json["event"] = kind.name;
  json["fields"] = Json::object();
  for (std::uint32_t i = 0; i < kind.count; ++i)
    json["fields"][fields[i].name] = value_json(fields[i], event.values[i], file.decoder());
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace apicsim

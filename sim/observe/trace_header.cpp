#include "sim/observe/trace_header.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "sim/observe/trace_error.h"

namespace apicsim {

namespace {

using Json = nlohmann::ordered_json;

const std::pair<FieldFormat, const char*> kFormats[] = {
    {FieldFormat::decimal, "decimal"},     {FieldFormat::hexadecimal, "hexadecimal"},
    {FieldFormat::requester, "requester"}, {FieldFormat::cycle, "cycle"},
    {FieldFormat::text, "text"},
};

const char* format_name(FieldFormat format) {
  for (const auto& [value, name] : kFormats)
    if (value == format) return name;
  return "decimal";
}

FieldFormat parse_format(const std::string& text) {
  for (const auto& [value, name] : kFormats)
    if (text == name) return value;
  throw TraceError("the header declares a field of unknown format '" + text + "'");
}

Json declaration_json(const TraceDeclaration& declaration) {
  Json fields = Json::array();
  for (const TraceField& field : declaration.fields) {
    Json json = {{"name", field.name}, {"format", format_name(field.format)}};
    if (!field.unit.empty()) json["unit"] = field.unit;
    if (field.timing) json["timing"] = true;
    fields.push_back(std::move(json));
  }
  return {{"name", declaration.name}, {"fields", fields}};
}

TraceDeclaration parse_declaration(const Json& json) {
  TraceDeclaration declaration;
  declaration.name = json.at("name").get<std::string>();
  for (const Json& entry : json.at("fields")) {
    TraceField field;
    field.name = entry.at("name").get<std::string>();
    field.format = parse_format(entry.at("format").get<std::string>());
    field.unit = entry.value("unit", "");
    field.timing = entry.value("timing", false);
    declaration.fields.push_back(std::move(field));
  }
  if (declaration.fields.size() > trace_most_fields)
    throw TraceError("the header declares an event with too many fields");
  return declaration;
}

TraceHeader header_of(const Json& json) {
  TraceHeader header;
  header.scenario = json.at("scenario").at("name").get<std::string>();
  header.scenario_digest = json.at("scenario").at("sha256").get<std::string>();
  header.image = json.at("image").at("name").get<std::string>();
  header.image_digest = json.at("image").at("sha256").get<std::string>();
  header.profile = json.at("profile").at("name").get<std::string>();
  header.profile_digest = json.at("profile").at("sha256").get<std::string>();
  if (json.contains("seed")) header.seed = json.at("seed").get<std::uint64_t>();
  header.cpus = json.at("cpus").get<std::uint32_t>();
  header.reference_hz = json.at("clocks").at("reference_hz").get<std::uint64_t>();
  header.tsc_hz = json.at("clocks").at("tsc_hz").get<std::uint64_t>();
  header.apic_timer_hz = json.at("clocks").at("apic_timer_hz").get<std::uint64_t>();
  header.folded = json.at("folded").get<bool>();
  for (const Json& declaration : json.at("events"))
    header.events.push_back(parse_declaration(declaration));
  return header;
}

}  // namespace

std::vector<TraceDeclaration> declared_events() {
  std::vector<TraceDeclaration> declarations;
  for (unsigned id = 0; id < event_count; ++id) {
    const EventType& type = event_type(static_cast<EventId>(id));
    TraceDeclaration declaration;
    declaration.name = type.name;
    for (const EventField& field : type.fields)
      if (field.name != nullptr)
        declaration.fields.push_back({field.name, field.unit, field.format, field.timing});
    declarations.push_back(std::move(declaration));
  }
  return declarations;
}

std::string header_json(const TraceHeader& header) {
  Json json = {
      {"format", "apicsim-trace"},
      {"scenario", {{"name", header.scenario}, {"sha256", header.scenario_digest}}},
      {"image", {{"name", header.image}, {"sha256", header.image_digest}}},
      {"profile", {{"name", header.profile}, {"sha256", header.profile_digest}}},
      {"cpus", header.cpus},
      {"clocks",
       {{"reference_hz", header.reference_hz},
        {"tsc_hz", header.tsc_hz},
        {"apic_timer_hz", header.apic_timer_hz}}},
      {"folded", header.folded},
  };
  if (header.seed) json["seed"] = *header.seed;
  json["events"] = Json::array();
  for (const TraceDeclaration& declaration : header.events)
    json["events"].push_back(declaration_json(declaration));
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

TraceHeader parse_header(const std::string& json) {
  TraceHeader header;
  try {
    header = header_of(Json::parse(json));
  } catch (const Json::exception&) {
    throw TraceError("the header is not what a trace file has");
  }
  if (header.reference_hz == 0 || header.cpus > trace_most_cpus)
    throw TraceError("the header has a clock of 0 Hz or too many CPUs");
  return header;
}

}  // namespace apicsim

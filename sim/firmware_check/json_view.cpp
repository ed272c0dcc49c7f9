#include "sim/firmware_check/json_view.h"

#include <fmt/format.h>

namespace apicsim {

namespace {

using Json = nlohmann::ordered_json;

Json value_json(const DecodedField& field) {
  switch (field.form) {
    case FieldForm::text:
      return printable_text(field.bytes);
    case FieldForm::path:
      return fmt::format("{:02x}.{:x}", field.value & 0xFF, field.value >> 8);
    case FieldForm::number:
      return field.value;
    default:
      return fmt::format("{:02x}", fmt::join(field.bytes, " "));
  }
}

Json field_json(const DecodedField& field) {
  Json json = {{"value", value_json(field)}, {"offset", field.offset}, {"size", field.size}};
  if (!field.meaning.empty()) json["meaning"] = field.meaning;
  return json;
}

void put_contents(const DecodedStructure& structure, const char* parts_key, Json& json) {
  Json& fields = json["fields"] = Json::object();
  Json path = Json::array();
  for (const DecodedField& field : structure.fields) {
    if (field.form == FieldForm::path)
      path.push_back(field_json(field));
    else
      fields[field.key] = field_json(field);
  }
  if (!path.empty()) json["path"] = std::move(path);
  if (!structure.damage.empty()) json["damage"] = structure.damage;
  if (structure.parts.empty()) return;
  Json& parts = json[parts_key] = Json::array();
  for (const DecodedStructure& part : structure.parts) {
    Json entry = {{"name", part.name}, {"offset", part.offset}, {"length", part.length}};
    put_contents(part, "scopes", entry);
    parts.push_back(std::move(entry));
  }
}

}  // namespace

Json table_json(const DecodedTable& table) {
  Json json = {{"signature", table.signature},
               {"source", table.source},
               {"address", table.address},
               {"size", table.bytes.size()}};
  put_contents(table.root, "structures", json);
  return json;
}

Json findings_json(const std::vector<Finding>& findings) {
  Json list = Json::array();
  for (const Finding& finding : findings)
    list.push_back({{"rule", finding.rule},
                    {"section", finding.section},
                    {"severity", severity_name(finding.severity)},
                    {"table", finding.table},
                    {"offset", finding.offset},
                    {"what", finding.what},
                    {"consequence", finding.consequence}});
  return list;
}

Json verdicts_json(const std::vector<BootVerdict>& verdicts) {
  Json list = Json::array();
  for (const BootVerdict& verdict : verdicts) {
    Json json = {{"kernel", verdict.kernel}, {"parameters", verdict.parameters}};
    if (!verdict.error.empty()) {
      json["error"] = verdict.error;
      list.push_back(std::move(json));
      continue;
    }
    json["outcome"] = verdict.outcome;
    json["decided"] = verdict.decided();
    json["apic_mode"] = verdict.apic_mode;
    json["cpus"] = verdict.cpus_on;
    json["units"] = verdict.dma.all;
    json["interrupt_remapping_units"] = verdict.remapping.on;
    json["dma_remapping_units"] = verdict.dma.on;
    json["taint"] = verdict.taint ? Json(*verdict.taint) : Json(nullptr);
    json["routing"] = verdict.routing;
    json["messages"] = verdict.messages;
    json["last_line"] = verdict.last_line;
    list.push_back(std::move(json));
  }
  return list;
}

}  // namespace apicsim

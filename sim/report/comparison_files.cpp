#include <nlohmann/json.hpp>

#include "sim/report/comparison_report.h"

namespace apicsim {

namespace {

using Json = nlohmann::ordered_json;

const char* unit_name(FigureUnit unit) {
  switch (unit) {
    case FigureUnit::picoseconds:
      return "ps";
    case FigureUnit::nanoseconds:
      return "ns";
    case FigureUnit::cycles:
      return "cycles";
    case FigureUnit::count:
      return "count";
    case FigureUnit::per_second:
      return "1/s";
  }
  return "";
}

Json banded_json(const std::optional<Banded>& banded) {
  if (!banded) return nullptr;
  return {{"value", banded->value}, {"low", banded->low}, {"high", banded->high}};
}

Json banded_list(const std::vector<std::optional<Banded>>& list) {
  Json json = Json::array();
  for (const auto& banded : list) json.push_back(banded_json(banded));
  return json;
}

Json run_json(const ComparedRun& run) {
  return {{"label", run.label},
          {"scenario", run.figures.scenario},
          {"set", run.overrides},
          {"timing_profile", run.figures.profile},
          {"outcome", run.figures.outcome},
          {"exit_status", run.figures.exit_status},
          {"as_expected", run.figures.as_expected},
          {"tsc_hz", run.figures.tsc_hz},
          {"bands", run.low.has_value()}};
}

Json row_json(const ComparisonRow& row) {
  return {{"group", group_name(row.group)},    {"row", row.row},
          {"statistic", row.statistic},        {"unit", unit_name(row.unit)},
          {"values", banded_list(row.values)}, {"ratios_thousandths", banded_list(row.ratios)}};
}

Json effects_json(const Comparison& comparison) {
  if (!comparison.entries_searched) return nullptr;
  Json list = Json::array();
  for (const EntryEffect& effect : comparison.effects)
    list.push_back(
        {{"group", group_name(effect.group)}, {"row", effect.row}, {"entries", effect.entries}});
  return list;
}

std::string quoted(const std::string& field) {
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  std::string text = "\"";
  for (const char c : field) text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + "\"";
}

/// Three fields: empty ones where there is no number.
std::string fields(const std::optional<Banded>& banded, bool ratio) {
  if (!banded) return ",,,";
  const auto text = [&](std::uint64_t value) {
    if (!ratio) return std::to_string(value);
    const std::string decimals = std::to_string(1000 + value % 1000).substr(1);
    return std::to_string(value / 1000) + "." + decimals;
  };
  return "," + text(banded->value) + "," + text(banded->low) + "," + text(banded->high);
}

}  // namespace

std::string comparison_json(const Comparison& comparison) {
  Json runs = Json::array();
  for (const ComparedRun& run : comparison.runs) runs.push_back(run_json(run));
  Json rows = Json::array();
  for (const ComparisonRow& row : comparison.rows) rows.push_back(row_json(row));
  const Json json = {{"format", "apicsim-compare"},
                     {"version", 1},
                     {"runs", std::move(runs)},
                     {"rows", std::move(rows)},
                     {"assumed_entries", comparison.assumed},
                     {"effects", effects_json(comparison)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string comparison_csv(const Comparison& comparison) {
  std::string text = "group,row,statistic,unit";
  for (const ComparedRun& run : comparison.runs)
    for (const char* part : {"", " low", " high"}) text += "," + quoted(run.label + part);
  for (std::size_t i = 1; i < comparison.runs.size(); ++i)
    for (const char* part : {"", " low", " high"})
      text += "," + column_name(i) + "/" + column_name(0) + part;
  text += "\r\n";
  for (const ComparisonRow& row : comparison.rows) {
    text += std::string(group_name(row.group)) + "," + quoted(row.row) + "," +
            quoted(row.statistic) + "," + unit_name(row.unit);
    for (const auto& value : row.values) text += fields(value, false);
    for (std::size_t i = 1; i < row.ratios.size(); ++i) text += fields(row.ratios[i], true);
    text += "\r\n";
  }
  return text;
}

}  // namespace apicsim

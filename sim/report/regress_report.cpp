#include "sim/report/regress_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "sim/observe/event_text.h"
#include "sim/report/text_report.h"

namespace apicsim {

namespace {

using Json = nlohmann::ordered_json;
using Status = RegressResult::Status;

constexpr std::size_t kMostRows = 16;
const char* const kGreen = "\033[32m";
const char* const kYellow = "\033[33m";
const char* const kRed = "\033[31m";
const char* const kPlain = "\033[0m";

const char* colour_of(Status status) {
  if (status == Status::different || status == Status::error) return kRed;
  return status == Status::moved ? kYellow : kGreen;
}

const char* sentence(Status status) {
  switch (status) {
    case Status::same:
      return "as in the golden trace";
    case Status::moved:
      return "same events and values as in the golden trace, at other cycles";
    case Status::different:
      return "other events or values than in the golden trace";
    case Status::recorded:
      return "golden trace recorded";
    case Status::updated:
      return "golden trace replaced";
    case Status::error:
      break;
  }
  return "";
}

std::string first_text(const RegressResult& result) {
  if (!result.comparison.first) return "";
  const Divergence& first = *result.comparison.first;
  std::string text = fmt::format("  first: {}: {}, number {} of its kind there\n",
                                 result.first_time, printable(first.table.name), first.number + 1);
  if (!first.golden)
    text += "  the golden trace has no such event\n";
  else if (!first.run)
    text += "  the run has no such event\n";
  else
    text +=
        fmt::format("  {}: golden {}, run {}\n", first.field, first.golden_value, first.run_value);
  text += "  golden:\n";
  for (const std::string& line : result.golden_context) text += "    " + line + "\n";
  text += "  run:\n";
  for (const std::string& line : result.run_context) text += "    " + line + "\n";
  return text;
}

/// One row of a table for people: all CPUs together. The median is that of the CPUs' medians.
struct MovedRow {
  MovedTable sum;
  std::uint64_t cpus = 0;
  std::vector<std::int64_t> medians;
};

void add_row(const MovedTable& table, MovedRow& row) {
  ++row.cpus;
  row.sum.events += table.events;
  row.sum.moved += table.moved;
  row.sum.first = std::min(row.sum.first, table.first);
  if (table.moved == 0) return;
  const bool is_first = row.medians.empty();
  row.sum.min = is_first ? table.min : std::min(row.sum.min, table.min);
  row.sum.max = is_first ? table.max : std::max(row.sum.max, table.max);
  row.medians.push_back(table.median);
}

std::string moved_text(const std::vector<MovedTable>& tables) {
  if (tables.empty()) return "";
  std::map<std::string, MovedRow> rows;
  for (const MovedTable& table : tables) add_row(table, rows[table.table.name]);
  std::string text = fmt::format("  {:<40} {:>4} {:>8} {:>8} {:>10} {:>10} {:>10} {:>14}\n",
                                 "moved (run - golden)", "CPUs", "events", "moved", "min", "median",
                                 "max", "first at");
  std::size_t shown = 0;
  for (auto& [name, row] : rows) {
    if (shown++ == kMostRows) break;
    std::sort(row.medians.begin(), row.medians.end());
    const std::int64_t median = row.medians.empty() ? 0 : row.medians[(row.medians.size() - 1) / 2];
    text += fmt::format("  {:<40} {:>4} {:>8} {:>8} {:>+10} {:>+10} {:>+10} {:>14}\n",
                        printable(name), row.cpus, row.sum.events, row.sum.moved, row.sum.min,
                        median, row.sum.max, row.sum.first);
  }
  if (rows.size() > kMostRows) text += fmt::format("  and {} more\n", rows.size() - kMostRows);
  return text;
}

/// One row per event: all CPUs together.
std::string different_text(const std::vector<DifferentTable>& tables) {
  if (tables.empty()) return "";
  struct Row {
    std::uint64_t cpus = 0, golden = 0, run = 0, different = 0;
  };
  std::map<std::string, Row> rows;
  for (const DifferentTable& table : tables) {
    Row& row = rows[table.table.name];
    ++row.cpus;
    row.golden += table.golden;
    row.run += table.run;
    row.different += table.different;
  }
  std::string text = fmt::format("  {:<40} {:>4} {:>8} {:>8} {:>10}\n", "content differs", "CPUs",
                                 "golden", "run", "different");
  std::size_t shown = 0;
  for (const auto& [name, row] : rows) {
    if (shown++ == kMostRows) break;
    text += fmt::format("  {:<40} {:>4} {:>8} {:>8} {:>10}\n", printable(name), row.cpus,
                        row.golden, row.run, row.different);
  }
  if (rows.size() > kMostRows) text += fmt::format("  and {} more\n", rows.size() - kMostRows);
  return text;
}

Json cpu_json(std::uint32_t cpu) { return cpu == TraceEvent::no_cpu ? Json(nullptr) : Json(cpu); }

Json first_json(const RegressResult& result) {
  if (!result.comparison.first) return nullptr;
  const Divergence& first = *result.comparison.first;
  return {{"event", first.table.name},
          {"cpu", cpu_json(first.table.cpu)},
          {"number", first.number + 1},
          {"at", result.first_time},
          {"in_golden", first.golden.has_value()},
          {"in_run", first.run.has_value()},
          {"field", first.field},
          {"golden", first.golden_value},
          {"run", first.run_value},
          {"golden_context", result.golden_context},
          {"run_context", result.run_context}};
}

Json result_json(const RegressResult& result) {
  Json json = {{"scenario", result.scenario}, {"status", status_name(result.status)}};
  if (result.status == Status::error) {
    json["message"] = result.message;
    return json;
  }
  json["events"] = result.events;
  json["notes"] = result.notes;
  json["first"] = first_json(result);
  json["moved"] = Json::array();
  for (const MovedTable& table : result.comparison.moved)
    json["moved"].push_back({{"event", table.table.name},
                             {"cpu", cpu_json(table.table.cpu)},
                             {"events", table.events},
                             {"moved", table.moved},
                             {"min", table.min},
                             {"median", table.median},
                             {"max", table.max},
                             {"first", table.first}});
  json["different"] = Json::array();
  for (const DifferentTable& table : result.comparison.different)
    json["different"].push_back({{"event", table.table.name},
                                 {"cpu", cpu_json(table.table.cpu)},
                                 {"golden", table.golden},
                                 {"run", table.run},
                                 {"different", table.different}});
  return json;
}

}  // namespace

const char* status_name(Status status) {
  switch (status) {
    case Status::same:
      return "same";
    case Status::moved:
      return "moved";
    case Status::different:
      return "different";
    case Status::recorded:
      return "recorded";
    case Status::updated:
      return "updated";
    case Status::error:
      break;
  }
  return "error";
}

std::string regress_text(const RegressResult& result, bool colour) {
  const std::string name = status_name(result.status);
  const std::string shown = colour ? colour_of(result.status) + fmt::format("{:<9}", name) + kPlain
                                   : fmt::format("{:<9}", name);
  if (result.status == Status::error)
    return fmt::format("{} {}: {}\n", shown, result.scenario, result.message);
  std::string text = fmt::format("{} {}: {}, {} events\n", shown, result.scenario,
                                 sentence(result.status), grouped(result.events));
  for (const std::string& note : result.notes) text += "  " + note + "\n";
  text += first_text(result) + different_text(result.comparison.different);
  // Where the content differs, times beside it say little; --json has them.
  return result.comparison.different.empty() ? text + moved_text(result.comparison.moved) : text;
}

std::string regress_json(const std::vector<RegressResult>& results) {
  Json list = Json::array();
  for (const RegressResult& result : results) list.push_back(result_json(result));
  const Json json = {{"format", "apicsim-regress"}, {"version", 1}, {"results", list}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace apicsim

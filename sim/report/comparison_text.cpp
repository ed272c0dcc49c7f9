#include <fmt/format.h>

#include <algorithm>

#include "models/time/cycle.h"
#include "sim/report/comparison_report.h"
#include "sim/report/measurement_table.h"
#include "sim/report/text_report.h"

namespace apicsim {

namespace {

constexpr std::uint64_t kPicosecondsPerSecond = 1'000'000'000'000;
constexpr std::size_t kWidth = 96;

const char* const kBold = "\033[1m";
const char* const kGreen = "\033[32m";
const char* const kRed = "\033[31m";
const char* const kPlain = "\033[0m";

/// A number and, left of the next column, its band.
struct Cell {
  std::string value;
  std::string band;
  const char* colour = nullptr;
};

struct Line {
  std::string label;
  std::vector<Cell> cells;
};

/// Faster is green, slower red, within one percent neither.
const char* colour_of(const ComparisonRow& row, std::uint64_t thousandths) {
  const bool time = row.unit == FigureUnit::picoseconds;
  if (!time && row.unit != FigureUnit::per_second) return nullptr;
  if (thousandths >= 990 && thousandths <= 1010) return nullptr;
  return (thousandths < 1000) == time ? kGreen : kRed;
}

Cell value_cell(const ComparisonRow& row, const std::optional<Banded>& value,
                std::uint64_t tsc_hz) {
  if (!value) return {"-", "", nullptr};
  const auto text = [&](std::uint64_t v) {
    return figure_text(v, row.unit, row.fractional, tsc_hz);
  };
  return {text(value->value),
          value->has_band() ? fmt::format("[{}, {}]", text(value->low), text(value->high)) : "",
          nullptr};
}

Cell ratio_cell(const ComparisonRow& row, const std::optional<Banded>& ratio) {
  if (!ratio) return {"-", "", nullptr};
  return {ratio_text(ratio->value),
          ratio->has_band()
              ? fmt::format("[{}, {}]", ratio_text(ratio->low), ratio_text(ratio->high))
              : "",
          colour_of(row, ratio->value)};
}

std::string label_of(const ComparisonRow& row) {
  std::string label = "  " + row.row;
  if (!row.statistic.empty()) label += " " + row.statistic;
  return row.unit == FigureUnit::nanoseconds ? label + ", ns" : label;
}

Line line_of(const ComparisonRow& row, std::uint64_t tsc_hz) {
  Line line{label_of(row), {}};
  for (const auto& value : row.values) line.cells.push_back(value_cell(row, value, tsc_hz));
  for (std::size_t i = 1; i < row.ratios.size(); ++i)
    line.cells.push_back(ratio_cell(row, row.ratios[i]));
  return line;
}

Line heading(const Comparison& comparison) {
  Line line;
  for (std::size_t i = 0; i < comparison.runs.size(); ++i)
    line.cells.push_back({column_name(i), "", nullptr});
  for (std::size_t i = 1; i < comparison.runs.size(); ++i)
    line.cells.push_back({column_name(i) + "/" + column_name(0), "", nullptr});
  return line;
}

std::string group_heading(FigureGroup group, std::uint64_t tsc_hz) {
  std::string text = group_name(group);
  if (group == FigureGroup::measurements)
    text += tsc_hz != 0 ? ", TSC cycles per operation" : ", ns per operation";
  return text;
}

/// Column widths of values and bands.
struct Widths {
  std::size_t label = 0;
  std::vector<std::size_t> value, band;

  explicit Widths(const std::vector<Line>& lines) {
    value.resize(lines.front().cells.size());
    band.resize(value.size());
    for (const Line& line : lines) {
      if (!line.cells.empty()) label = std::max(label, line.label.size());
      for (std::size_t i = 0; i < line.cells.size(); ++i) {
        value[i] = std::max(value[i], line.cells[i].value.size());
        band[i] = std::max(band[i], line.cells[i].band.size());
      }
    }
  }
};

std::string text_of(const Line& line, const Widths& widths, bool colour) {
  if (line.cells.empty()) return line.label + "\n";
  std::string text = fmt::format("{:<{}}", line.label, widths.label);
  for (std::size_t i = 0; i < line.cells.size(); ++i) {
    const Cell& cell = line.cells[i];
    const std::string value = fmt::format("{:>{}}", cell.value, widths.value[i]);
    text += "  " + (colour && cell.colour != nullptr ? cell.colour + value + kPlain : value);
    if (widths.band[i] != 0) text += fmt::format(" {:<{}}", cell.band, widths.band[i]);
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text + "\n";
}

std::string legend(const Comparison& comparison, bool colour) {
  std::string text;
  for (std::size_t i = 0; i < comparison.runs.size(); ++i) {
    const ComparedRun& run = comparison.runs[i];
    const std::string end = run.figures.outcome + (run.figures.as_expected ? "" : " (unexpected)");
    const bool mark = colour && !run.figures.as_expected;
    text += fmt::format("{}{}{}  {}: {}{}{}, timing profile {}\n", colour ? kBold : "",
                        column_name(i), colour ? kPlain : "", run.label, mark ? kRed : "", end,
                        mark ? kPlain : "", run.figures.profile);
  }
  return text + "\n";
}

std::string wrapped(const std::string& start, const std::vector<std::string>& items) {
  std::string text, line = start;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string item = items[i] + (i + 1 < items.size() ? "," : "");
    if (line.size() + 1 + item.size() > kWidth) {
      text += line + "\n";
      line = "   ";
    }
    line += " " + item;
  }
  return text + line + "\n";
}

/// One row per section of the profile; a name is "section.entry".
std::string entries_by_section(const std::vector<std::string>& names) {
  std::vector<std::pair<std::string, std::vector<std::string>>> sections;
  for (const std::string& name : names) {
    const std::size_t point = std::min(name.find('.'), name.size());
    const std::string section = name.substr(0, point);
    auto found = std::find_if(sections.begin(), sections.end(),
                              [&](const auto& known) { return known.first == section; });
    if (found == sections.end()) found = sections.insert(found, {section, {}});
    found->second.push_back(point < name.size() ? name.substr(point + 1) : name);
  }
  std::string text;
  for (const auto& [section, entries] : sections) text += wrapped("  " + section + ":", entries);
  return text;
}

std::string effects_text(const Comparison& comparison) {
  if (comparison.effects.empty())
    return "\nNo row moves by one percent or more with an assumed entry of the timing profile.\n";
  std::string text =
      "\nRows that move by one percent or more with an assumed entry of the timing profile:\n";
  for (const EntryEffect& effect : comparison.effects)
    text += wrapped(fmt::format("  {}:", effect.row), effect.entries);
  return text;
}

std::string bands_text(const Comparison& comparison) {
  const bool banded = std::any_of(comparison.runs.begin(), comparison.runs.end(),
                                  [](const ComparedRun& run) { return run.low.has_value(); });
  if (comparison.assumed.empty()) return "";
  std::string text =
      banded
          ? "\n[low, high]: with all assumed entries of the timing profile at the lower, and at "
            "the upper\nend of their bands.\n"
          : "\nNo bands are shown (--bands none), although the timing profile assumes entries.\n";
  if (comparison.entries_searched) return text + effects_text(comparison);
  return text + "Assumed entries:\n" + entries_by_section(comparison.assumed) +
         "--bands entries says which rows rest on which of them.\n";
}

}  // namespace

std::string column_name(std::size_t index) {
  std::string name(1, static_cast<char>('A' + index % 26));
  return index < 26 ? name : column_name(index / 26 - 1) + name;
}

std::string figure_text(std::uint64_t value, FigureUnit unit, bool fractional,
                        std::uint64_t tsc_hz) {
  if (unit != FigureUnit::picoseconds) return grouped(value);
  if (tsc_hz == 0) return nanoseconds_text(value);
  const std::uint64_t scale = fractional ? 10 : 1;
  const WideCycle product = WideCycle{value} * scale;
  const WideCycle cycles = (product * tsc_hz + kPicosecondsPerSecond / 2) / kPicosecondsPerSecond;
  const auto shown = static_cast<std::uint64_t>(cycles);
  return fractional ? fmt::format("{}.{}", grouped(shown / 10), shown % 10) : grouped(shown);
}

std::uint64_t common_tsc_hz(const Comparison& comparison) {
  const std::uint64_t hz = comparison.runs.front().figures.tsc_hz;
  const bool same = std::all_of(comparison.runs.begin(), comparison.runs.end(),
                                [&](const ComparedRun& run) { return run.figures.tsc_hz == hz; });
  return same ? hz : 0;
}

std::string ratio_text(std::uint64_t thousandths) {
  return fmt::format("{}.{:03}", grouped(thousandths / 1000), thousandths % 1000);
}

std::string comparison_text(const Comparison& comparison, bool colour) {
  const std::uint64_t tsc_hz = common_tsc_hz(comparison);
  std::vector<Line> lines = {heading(comparison)};
  for (std::size_t i = 0; i < comparison.rows.size(); ++i) {
    const ComparisonRow& row = comparison.rows[i];
    if (i == 0 || comparison.rows[i - 1].group != row.group)
      lines.push_back({group_heading(row.group, tsc_hz), {}});
    lines.push_back(line_of(row, tsc_hz));
  }
  const Widths widths(lines);
  std::string text = legend(comparison, colour);
  for (const Line& line : lines) text += text_of(line, widths, colour);
  return text + bands_text(comparison);
}

}  // namespace apicsim

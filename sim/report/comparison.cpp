#include "sim/report/comparison.h"

#include <algorithm>
#include <limits>

#include "models/time/cycle.h"

namespace apicsim {

namespace {

constexpr std::uint64_t kThousandths = 1000;
constexpr std::uint64_t kSmallestMove = 100;  // one in a hundred

bool same_row(const Figure& a, const Figure& b) {
  return a.group == b.group && a.row == b.row && a.statistic == b.statistic;
}

const Figure* find_figure(const RunFigures& run, const Figure& like) {
  const auto found = std::find_if(run.figures.begin(), run.figures.end(),
                                  [&](const Figure& figure) { return same_row(figure, like); });
  return found == run.figures.end() ? nullptr : &*found;
}

const Figure* find_figure(const std::optional<RunFigures>& run, const Figure& like) {
  return run ? find_figure(*run, like) : nullptr;
}

/// One figure of each row that any run has.
std::vector<Figure> all_rows(const std::vector<ComparedRun>& runs) {
  std::vector<Figure> rows;
  for (const ComparedRun& run : runs)
    for (const Figure& figure : run.figures.figures)
      if (std::none_of(rows.begin(), rows.end(),
                       [&](const Figure& row) { return same_row(row, figure); }))
        rows.push_back(figure);
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Figure& a, const Figure& b) { return a.group < b.group; });
  return rows;
}

void widen(Banded& band, std::uint64_t value) {
  band.low = std::min(band.low, value);
  band.high = std::max(band.high, value);
}

std::optional<Banded> value_of(const ComparedRun& run, const Figure& row) {
  const Figure* figure = find_figure(run.figures, row);
  if (figure == nullptr) return std::nullopt;
  Banded value{figure->value, figure->value, figure->value};
  for (const auto* end : {&run.low, &run.high})
    if (const Figure* other = find_figure(*end, row)) widen(value, other->value);
  return value;
}

/// `value` / `base` in thousandths.
std::optional<std::uint64_t> ratio(const Figure* value, const Figure* base) {
  if (value == nullptr || base == nullptr || base->value == 0) return std::nullopt;
  const WideCycle product = WideCycle{value->value} * kThousandths + base->value / 2;
  const WideCycle result = product / base->value;
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  return result > most ? most : static_cast<std::uint64_t>(result);
}

/// The ratio does not follow the entries: both runs answer to them alike.
bool steady(const Banded& ratio) { return ratio.high - ratio.low <= ratio.value / kSmallestMove; }

std::optional<Banded> ratio_of(const ComparedRun& run, const ComparedRun& base, const Figure& row) {
  const auto middle = ratio(find_figure(run.figures, row), find_figure(base.figures, row));
  if (!middle) return std::nullopt;
  Banded result{*middle, *middle, *middle};
  const auto meet = [&](const std::optional<RunFigures>& ours,
                        const std::optional<RunFigures>& theirs) {
    if (const auto value = ratio(find_figure(ours, row), find_figure(theirs, row)))
      widen(result, *value);
  };
  meet(run.low, base.low);
  meet(run.high, base.high);
  if (steady(result)) return result;
  meet(run.low, base.high);
  meet(run.high, base.low);
  return result;
}

ComparisonRow compare_row(const std::vector<ComparedRun>& runs, const Figure& like) {
  ComparisonRow row;
  row.group = like.group;
  row.row = like.row;
  row.statistic = like.statistic;
  row.unit = like.unit;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    row.values.push_back(value_of(runs[i], like));
    row.ratios.push_back(i == 0 ? std::nullopt : ratio_of(runs[i], runs[0], like));
    const Figure* figure = find_figure(runs[i].figures, like);
    row.fractional = row.fractional || (figure != nullptr && figure->fractional);
  }
  return row;
}

bool is_zero(const ComparisonRow& row) {
  return std::all_of(row.values.begin(), row.values.end(), [](const std::optional<Banded>& value) {
    return !value || (value->value == 0 && value->high == 0);
  });
}

}  // namespace

Comparison compare_runs(std::vector<ComparedRun> runs) {
  Comparison comparison;
  for (const Figure& like : all_rows(runs)) {
    ComparisonRow row = compare_row(runs, like);
    if (!is_zero(row)) comparison.rows.push_back(std::move(row));
  }
  for (const ComparedRun& run : runs)
    for (const std::string& name : run.figures.assumed)
      if (std::find(comparison.assumed.begin(), comparison.assumed.end(), name) ==
          comparison.assumed.end())
        comparison.assumed.push_back(name);
  comparison.runs = std::move(runs);
  return comparison;
}

std::vector<std::pair<FigureGroup, std::string>> moved_rows(const RunFigures& base,
                                                            const RunFigures& other) {
  std::vector<std::pair<FigureGroup, std::string>> moved;
  for (const Figure& figure : base.figures) {
    const Figure* now = find_figure(other, figure);
    const std::uint64_t value = now != nullptr ? now->value : 0;
    const std::uint64_t difference =
        value > figure.value ? value - figure.value : figure.value - value;
    const bool far = difference != 0 && difference >= figure.value / kSmallestMove;
    const std::pair<FigureGroup, std::string> row{figure.group, figure.row};
    if (far && std::find(moved.begin(), moved.end(), row) == moved.end()) moved.push_back(row);
  }
  return moved;
}

}  // namespace apicsim

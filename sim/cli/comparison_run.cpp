#include "sim/cli/comparison_run.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/cli/exit_status.h"
#include "sim/cli/run_pool.h"

namespace apicsim {

namespace {

enum class End : std::uint8_t { low, high };

/// One run to be made: a configuration with some entries at an end of their bands.
struct Point {
  std::size_t variant = 0;
  std::vector<std::string> entries;
  End end = End::low;
};

std::string last_line(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text.substr(text.find_last_of("\r\n") + 1);
}

class Runner {
 public:
  explicit Runner(const ComparisonRequest& request) : m_request(request) {}

  std::vector<RunFigures> run(const std::vector<Point>& points) const {
    std::vector<PooledRun> children(points.size());
    for (std::size_t i = 0; i < points.size(); ++i) children[i].arguments = arguments_of(points[i]);
    run_pool(children, m_request.jobs, m_request.progress);
    std::vector<RunFigures> results;
    for (std::size_t i = 0; i < points.size(); ++i)
      results.push_back(figures_of(children[i], points[i]));
    return results;
  }

 private:
  std::vector<std::string> arguments_of(const Point& point) const {
    const Variant& variant = m_request.variants[point.variant];
    std::vector<std::string> arguments = {variant.scenario};
    const auto set = [&](const std::string& assignment) {
      arguments.insert(arguments.end(), {"--set", assignment});
    };
    for (const std::string& assignment : variant.overrides) set(assignment);
    for (const std::string& entry : point.entries)
      set(fmt::format("timing_entries.\"{}\"=\"{}\"", entry,
                      point.end == End::low ? "low" : "high"));
    if (!m_request.configs.empty())
      arguments.insert(arguments.end(), {"--configs", m_request.configs});
    return arguments;
  }

  RunFigures figures_of(const PooledRun& child, const Point& point) const {
    std::string what = m_request.variants[point.variant].label;
    if (!point.entries.empty())
      what += fmt::format(" with {} assumed entries {}", point.entries.size(),
                          point.end == End::low ? "low" : "high");
    if (child.report.empty())
      throw ComparisonError(
          child.status == exit_bad_input ? exit_bad_input : exit_internal_error,
          fmt::format("apicsim compare: {}: the run ended with status {}: {}", what, child.status,
                      child.errors.empty() ? "without a word" : last_line(child.errors)));
    try {
      return read_run_figures(child.report);
    } catch (const ReportError& error) {
      throw ComparisonError(exit_internal_error,
                            fmt::format("apicsim compare: {}: its report {}", what, error.what()));
    }
  }

  const ComparisonRequest& m_request;
};

std::vector<ComparedRun> run_bases(const ComparisonRequest& request, const Runner& runner) {
  std::vector<Point> points(request.variants.size());
  for (std::size_t i = 0; i < points.size(); ++i) points[i].variant = i;
  const std::vector<RunFigures> figures = runner.run(points);
  std::vector<ComparedRun> runs;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Variant& variant = request.variants[i];
    runs.push_back({variant.label, variant.overrides, figures[i], std::nullopt, std::nullopt});
  }
  return runs;
}

void add_bands(const Runner& runner, std::vector<ComparedRun>& runs) {
  std::vector<Point> points;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto& assumed = runs[i].figures.assumed;
    if (assumed.empty()) continue;
    points.push_back({i, assumed, End::low});
    points.push_back({i, assumed, End::high});
  }
  const std::vector<RunFigures> figures = runner.run(points);
  for (std::size_t i = 0; i < points.size(); ++i) {
    ComparedRun& run = runs[points[i].variant];
    (points[i].end == End::low ? run.low : run.high) = figures[i];
  }
}

/// Finds the entries that move a row by halving groups of them: a group that moves nothing is left
/// alone as a whole.
class EntrySearch {
 public:
  EntrySearch(const Runner& runner, Comparison& comparison)
      : m_runner(runner), m_comparison(comparison) {}

  void run() {
    m_comparison.entries_searched = true;
    std::vector<Group> groups;
    if (!m_comparison.assumed.empty()) groups = halves(m_comparison.assumed);
    while (!groups.empty()) groups = step(groups);
    sort_effects();
  }

 private:
  using Group = std::vector<std::string>;
  using Row = std::pair<FigureGroup, std::string>;

  static std::vector<Group> halves(const Group& group) {
    if (group.size() < 2) return {group};
    const auto middle = group.begin() + static_cast<std::ptrdiff_t>(group.size() / 2);
    return {Group(group.begin(), middle), Group(middle, group.end())};
  }

  /// Runs all groups and returns the halves of those that moved something.
  std::vector<Group> step(const std::vector<Group>& groups) {
    std::vector<Point> points;
    std::vector<std::size_t> group_of;
    for (std::size_t g = 0; g < groups.size(); ++g)
      for (std::size_t i = 0; i < m_comparison.runs.size(); ++i)
        for (const End end : {End::low, End::high}) {
          Group known = entries_of(groups[g], m_comparison.runs[i].figures);
          if (known.empty()) continue;
          points.push_back({i, std::move(known), end});
          group_of.push_back(g);
        }
    const std::vector<RunFigures> figures = m_runner.run(points);
    std::vector<std::vector<Row>> moved(groups.size());
    for (std::size_t i = 0; i < points.size(); ++i) {
      const auto rows = moved_rows(m_comparison.runs[points[i].variant].figures, figures[i]);
      auto& all = moved[group_of[i]];
      all.insert(all.end(), rows.begin(), rows.end());
    }
    return next_groups(groups, moved);
  }

  std::vector<Group> next_groups(const std::vector<Group>& groups,
                                 const std::vector<std::vector<Row>>& moved) {
    std::vector<Group> next;
    for (std::size_t g = 0; g < groups.size(); ++g) {
      if (moved[g].empty()) continue;
      if (groups[g].size() == 1) {
        for (const Row& row : moved[g]) add_effect(row, groups[g].front());
        continue;
      }
      for (Group& half : halves(groups[g])) next.push_back(std::move(half));
    }
    return next;
  }

  /// Those of the group that the run's profile has.
  static Group entries_of(const Group& group, const RunFigures& run) {
    Group known;
    for (const std::string& entry : group)
      if (std::find(run.assumed.begin(), run.assumed.end(), entry) != run.assumed.end())
        known.push_back(entry);
    return known;
  }

  void add_effect(const Row& row, const std::string& entry) {
    auto& effects = m_comparison.effects;
    auto found = std::find_if(effects.begin(), effects.end(), [&](const EntryEffect& effect) {
      return effect.group == row.first && effect.row == row.second;
    });
    if (found == effects.end()) found = effects.insert(found, {row.first, row.second, {}});
    auto& entries = found->entries;
    if (std::find(entries.begin(), entries.end(), entry) == entries.end()) entries.push_back(entry);
  }

  /// Into the order of the table's rows, entries into that of the profile.
  void sort_effects() {
    const auto& rows = m_comparison.rows;
    const auto place = [&](const EntryEffect& effect) {
      return std::find_if(rows.begin(), rows.end(),
                          [&](const ComparisonRow& row) {
                            return row.group == effect.group && row.row == effect.row;
                          }) -
             rows.begin();
    };
    auto& effects = m_comparison.effects;
    std::stable_sort(
        effects.begin(), effects.end(),
        [&](const EntryEffect& a, const EntryEffect& b) { return place(a) < place(b); });
    const auto& names = m_comparison.assumed;
    const auto rank = [&](const std::string& name) {
      return std::find(names.begin(), names.end(), name) - names.begin();
    };
    for (EntryEffect& effect : effects)
      std::stable_sort(
          effect.entries.begin(), effect.entries.end(),
          [&](const std::string& a, const std::string& b) { return rank(a) < rank(b); });
  }

  const Runner& m_runner;
  Comparison& m_comparison;
};

}  // namespace

Comparison run_comparison(const ComparisonRequest& request) {
  const Runner runner(request);
  std::vector<ComparedRun> runs = run_bases(request, runner);
  if (request.bands != BandMode::none) add_bands(runner, runs);
  Comparison comparison = compare_runs(std::move(runs));
  if (request.bands == BandMode::entries) EntrySearch(runner, comparison).run();
  return comparison;
}

}  // namespace apicsim

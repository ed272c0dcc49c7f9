#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/report/run_figures.h"

namespace apicsim {

/// One configuration: as it is, and with all assumed entries of its profile at the lower and at the
/// upper end of their bands.
struct ComparedRun {
  std::string label;
  std::vector<std::string> overrides;  ///< its --set options
  RunFigures figures;
  std::optional<RunFigures> low, high;
};

/// A number with the band in which it lies for any end of the assumed entries; without bands low
/// and high equal the value.
struct Banded {
  std::uint64_t value = 0;
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  bool has_band() const { return low != high; }
};

struct ComparisonRow {
  FigureGroup group = FigureGroup::run;
  std::string row;
  std::string statistic;
  FigureUnit unit = FigureUnit::count;
  bool fractional = false;
  /// By configuration; empty where a run does not have the row.
  std::vector<std::optional<Banded>> values;
  /// To the first configuration, in thousandths, rounded to the nearest, by configuration. Empty
  /// for the first, and where one of the two is missing or the first is 0. Its band compares low
  /// with low and high with high; where that moves the ratio by more than one percent, the runs
  /// rest on different entries, and low is compared with high, too.
  std::vector<std::optional<Banded>> ratios;
};

/// That a row moves with an assumed entry: by at least one percent of its value in one of the
/// configurations when the entry goes to an end of its band.
struct EntryEffect {
  FigureGroup group = FigureGroup::run;
  std::string row;
  std::vector<std::string> entries;
};

struct Comparison {
  std::vector<ComparedRun> runs;
  std::vector<ComparisonRow> rows;
  std::vector<std::string> assumed;  ///< entries that the profiles of the runs only assume
  bool entries_searched = false;     ///< `effects` says which rows rest on which
  std::vector<EntryEffect> effects;
};

/// Puts the runs side by side: rows by group, in the order of the first run that has them; rows
/// that are 0 everywhere are left out. At least one run.
Comparison compare_runs(std::vector<ComparedRun> runs);

/// Figures, as "group/row", that differ by at least one percent of `base`.
std::vector<std::pair<FigureGroup, std::string>> moved_rows(const RunFigures& base,
                                                            const RunFigures& other);

}  // namespace apicsim

#pragma once

#include <string>

#include "sim/report/comparison.h"

namespace apicsim {

/// The comparison as a table for people: a row per figure, a column per configuration, the ratio of
/// each to the first. Times of measurements are TSC cycles where all machines' counters run alike,
/// nanoseconds otherwise. `colour`: escape sequences for a terminal.
std::string comparison_text(const Comparison& comparison, bool colour);

/// The same as JSON and as CSV (RFC 4180), see docs/compare.md. Both end with a line end and depend
/// on nothing but the comparison.
std::string comparison_json(const Comparison& comparison);
std::string comparison_csv(const Comparison& comparison);

/// Name of a configuration's column: A, B, ... Z, AA, ...
std::string column_name(std::size_t index);

/// A figure in its unit: "1,299", "4.3" ; `tsc_hz` turns picoseconds into cycles, 0 leaves them
/// nanoseconds.
std::string figure_text(std::uint64_t value, FigureUnit unit, bool fractional,
                        std::uint64_t tsc_hz);

/// Frequency of the runs' time-stamp counters where they are the same, else 0.
std::uint64_t common_tsc_hz(const Comparison& comparison);

/// Thousandths as a number with three decimals.
std::string ratio_text(std::uint64_t thousandths);

}  // namespace apicsim

#pragma once

#include <string>

#include "sim/report/summary.h"

namespace apicsim {

/// What the guest measured, one line per row; empty when it measured nothing. Times are TSC cycles
/// per operation, with one decimal in rows whose samples cover several operations.
std::string measurement_table(const RunSummary& summary);

/// Nanoseconds with one decimal from picoseconds, rounded to the nearest: "333.9".
std::string nanoseconds_text(std::uint64_t picoseconds);

}  // namespace apicsim

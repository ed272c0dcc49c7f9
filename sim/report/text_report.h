#pragma once

#include <string>

#include "sim/report/summary.h"

namespace apicsim {

/// The summary as a table for people, with a line end at its end. `colour`: escape sequences for
/// a terminal.
std::string text_report(const RunSummary& summary, bool colour);

/// 1234567 as "1,234,567".
std::string grouped(std::uint64_t value);
/// Bytes with a unit and one decimal, rounded down: "1.5 MiB".
std::string readable_bytes(std::uint64_t bytes);

}  // namespace apicsim

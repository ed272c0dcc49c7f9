#pragma once

#include <string>

#include "sim/report/summary.h"

namespace apicsim {

/// The summary as a JSON document (docs/json-report.md), with a line end at its end. The same
/// inputs give the same bytes: nothing in it depends on the host.
std::string json_report(const RunSummary& summary);

}  // namespace apicsim

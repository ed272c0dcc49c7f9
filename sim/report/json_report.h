#pragma once

#include <string>

#include "sim/report/summary.h"

namespace apicsim {

/// The summary as a JSON document (docs/json-report.md), with a line end at its end. What depends
/// on the host stands under "host" alone; all else is the same for the same inputs.
std::string json_report(const RunSummary& summary);

}  // namespace apicsim

#pragma once

#include <string>
#include <vector>

#include "models/firmware/defects.h"

namespace apicsim {

/// "unit, address", or nothing.
std::string parameter_names(const FirmwareDefect& defect);

/// docs/firmware-defects.md: all defects with their parameters.
std::string defects_page(const std::vector<FirmwareDefect>& defects);

}  // namespace apicsim

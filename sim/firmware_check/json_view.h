#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "sim/firmware_check/boot_verdict.h"
#include "sim/firmware_check/finding.h"
#include "sim/firmware_check/table_files.h"

namespace apicsim {

/// A table: signature, source, address, size, fields ({key: {value, offset, size, meaning}}) and
/// structures, each with the same and its parts. docs/firmware-check.md.
nlohmann::ordered_json table_json(const DecodedTable& table);

nlohmann::ordered_json findings_json(const std::vector<Finding>& findings);

nlohmann::ordered_json verdicts_json(const std::vector<BootVerdict>& verdicts);

}  // namespace apicsim

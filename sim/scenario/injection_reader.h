#pragma once

#include "sim/scenario/scenario_file.h"
#include "sim/scenario/toml_reader.h"

namespace apicsim {

/// Reads one table of [[inject]] into the list of `file` that it belongs to. Throws ScenarioError.
void read_injection(TomlTable table, ScenarioFile& file);

}  // namespace apicsim

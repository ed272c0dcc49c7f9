#pragma once

#include <filesystem>
#include <string>

#include "sim/scenario/toml_reader.h"

namespace apicsim {

/// A scenario's file as TOML. One with `cures = "name"` is the scenario of that name in the same
/// folder but for what it says otherwise: tables are merged key by key, any other value replaces.
/// Throws ScenarioError: not readable, no TOML, or a cure of what is not there or a cure itself.
TomlDocument load_scenario_document(const std::filesystem::path& file);

/// The same from text that is in `file`, or would be.
TomlDocument parse_scenario_document(const std::string& text, const std::filesystem::path& file);

}  // namespace apicsim

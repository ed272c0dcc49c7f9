#pragma once

#include <filesystem>
#include <string>

#include "sim/scenario/toml_reader.h"

namespace apicsim {

/// How a file takes over what its base says: see TomlDocument::inherit() and amend().
enum class BaseRule { inherit, amend };

/// A file with what its `base = "name"`, a file of the same folder, says and it does not; the base
/// may have one in turn, up to four. `kind` names such files in errors ("profile"). Throws
/// ScenarioError: not readable, no TOML, no such base, too many.
TomlDocument load_with_bases(const std::filesystem::path& file, const std::string& kind,
                             BaseRule rule);

}  // namespace apicsim

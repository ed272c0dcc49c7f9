#pragma once

#include <string>
#include <vector>

#include "sim/scenario/toml_node.h"

namespace apicsim {

/// The values of a TOML document as text that only depends on them: keys sorted, no comments.
/// Keys of the names in `without` are left out on every level.
std::string canonical_text(const TomlNode& node, const std::vector<std::string>& without);

}  // namespace apicsim

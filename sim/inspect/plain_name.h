#pragma once

#include <string>

namespace apicsim {

/// A symbol as a kernel shows it: a C++ name without scopes, template arguments and parameters; a
/// compiler's suffix (".constprop.0") stays. Other names are returned as they are.
std::string plain_name(const std::string& symbol);

}  // namespace apicsim

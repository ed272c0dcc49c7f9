#pragma once

namespace apicsim {

/// What 'apicsim firmware --help' says.
extern const char* const firmware_help;

}  // namespace apicsim

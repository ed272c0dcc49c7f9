#pragma once

namespace apicsim {

/// What 'apicsim run --help' prints.
extern const char* const run_help;

}  // namespace apicsim

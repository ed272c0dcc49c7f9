#pragma once

#include <stdexcept>

namespace apicsim {

// Exit statuses that do not follow from how a run ended (for those: sim/report/summary.h). All of
// them are documented in docs/exit-status.md and in --help.
inline constexpr int exit_ok = 0;
inline constexpr int exit_internal_error = 1;
inline constexpr int exit_bad_input = 2;
inline constexpr int exit_content_differs = 10;  ///< regress: other events or values
inline constexpr int exit_cycles_moved = 11;     ///< regress: the same at other cycles
inline constexpr int exit_defects_found = 12;    ///< firmware: the tables break a rule
inline constexpr int exit_image_internal =
    70;  ///< run --image, where 1 is the image's: EX_SOFTWARE
inline constexpr int exit_interrupted = 130;

/// Options or arguments that make no sense. what() is one line.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace apicsim

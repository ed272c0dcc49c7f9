#pragma once

#include <optional>
#include <string>
#include <vector>

namespace apicsim {

/// The name that a typing error most likely meant: the one with the smallest edit distance, if that
/// is at most a third of the length of `wrong` (at least 1); ties go to the first of `names`.
std::optional<std::string> nearest_name(const std::string& wrong,
                                        const std::vector<std::string>& names);

/// "a, b, c".
std::string join_names(const std::vector<std::string>& names);

}  // namespace apicsim

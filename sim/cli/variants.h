#pragma once

#include <string>
#include <vector>

namespace apicsim {

/// One configuration of a comparison.
struct Variant {
  std::string label;  ///< the scenario, and what is varied
  std::string scenario;
  std::vector<std::string> overrides;  ///< as for 'apicsim run --set'
};

/// The scenarios as they are, or one scenario with every combination of the varied keys; a `vary`
/// is "key=[value, ...]", its values as in a scenario file. The first combination takes the first
/// value of every key; the last key changes fastest. `overrides` hold for all. Throws UsageError.
std::vector<Variant> make_variants(const std::vector<std::string>& scenarios,
                                   const std::vector<std::string>& overrides,
                                   const std::vector<std::string>& varies);

}  // namespace apicsim

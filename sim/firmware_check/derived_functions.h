#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/firmware_check/rule.h"

namespace apicsim {

/// A PCI function that a device scope names.
struct DerivedFunction {
  std::uint64_t bus = 0;
  std::uint64_t device = 0;
  std::uint64_t function = 0;
  bool bridge = false;
  bool graphics = false;
  std::uint64_t secondary = 0;    ///< of a bridge
  std::uint64_t subordinate = 0;  ///< of a bridge
};

/// The functions of segment 0 that device scopes name, with the bridges that their paths go
/// through, bus numbers given in order. What a scope calls an endpoint and another one a bridge is
/// a bridge.
std::vector<DerivedFunction> derive_functions(const CheckInput& input,
                                              std::vector<std::string>& assumptions);

/// The requesters that a DRHD's unit has by its device scopes, as machine files write them:
/// "00:1e.1", "buses 03-05". Without those that INCLUDE_PCI_ALL adds.
std::vector<std::string> unit_requesters(const std::vector<DerivedFunction>& functions,
                                         const CheckInput& input, std::uint64_t register_base);

}  // namespace apicsim

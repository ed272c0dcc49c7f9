#pragma once

#include <string>
#include <vector>

#include "sim/scenario/scenario.h"

namespace apicsim {

/// Digests (SHA-256, hexadecimal) of what decides about a run beside the guest image. Comments,
/// layout, order of keys, titles, expectations and sources of figures do not count.
struct Fingerprint {
  std::string scenario;  ///< scenario with its overrides, workload, machine, processor, firmware
  std::string profile;   ///< values of the timing profile
};

/// Of a scenario that was loaded with the same overrides and paths. Throws ScenarioError and
/// FirmwareError.
Fingerprint fingerprint(const Scenario& scenario, const std::vector<std::string>& overrides,
                        const ScenarioPaths& paths);

}  // namespace apicsim

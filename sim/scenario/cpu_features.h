#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/scenario/machine.h"
#include "sim/scenario/place.h"

namespace apicsim {

/// One feature flag that a scenario switches.
struct FeatureChange {
  std::string name;  ///< as Linux writes it in /proc/cpuinfo
  bool present = false;
};

/// Reads "-cx16,+x2apic". Throws ScenarioError at `place`: no sign, unknown name (with the
/// nearest), a name that is there twice.
std::vector<FeatureChange> parse_feature_changes(const std::string& text, const Place& place);

/// Switches the flags in the CPUID rows of `cpu`. A flag that already has the wanted value is left
/// alone. Throws ScenarioError at `place` for a change that the model cannot follow: it would not
/// execute what the flag announces, or would still execute what it no longer announces.
void apply_feature_changes(const std::vector<FeatureChange>& changes, const Place& place,
                           MachineCpuModel& cpu);

/// Whether the CPUID rows announce the feature; nullopt for a name that does not exist.
std::optional<bool> has_cpu_feature(const MachineCpuModel& cpu, const std::string& name);

}  // namespace apicsim

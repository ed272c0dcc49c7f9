#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/scenario/machine.h"
#include "sim/scenario/place.h"

namespace apicsim {

/// Which CPUs the firmware leaves in x2APIC mode when it hands the machine over, as a scenario says
/// it: "all", "none", or CPU numbers ("1-3,7").
struct ApicHandover {
  std::string text;
  Place place;
};

/// Marks those CPUs of the machine. Without a word of the scenario, as the SDM wants it of firmware
/// (Vol. 3 §11.12.7): all, if any CPU has an APIC id of 255 or more and the CPUs have x2APIC; else
/// none. (Others with such an id start with their local APIC switched off.) Throws ScenarioError
/// for text that is no list, a CPU that does not exist, and CPUs without x2APIC.
void hand_over_apics(const std::optional<ApicHandover>& handover, Machine& machine);

}  // namespace apicsim

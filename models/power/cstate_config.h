#pragma once

#include <cstdint>
#include <vector>

#include "models/fabric/interrupt_fabric_config.h"
#include "models/power/cstate.h"
#include "models/time/cycle.h"

namespace apicsim {

/// Costs of C-states in cycles; entries [cstate.<member name>] of a timing profile.
///
/// Entry: from the completion of HLT or MWAIT to the state; an event that arrives meanwhile waits
/// for its end. Exit: from the break event to the first instruction. Those of C1 also apply to a
/// thread that sleeps while its sibling keeps the core awake.
struct CStateConfig {
  Cycle c1_entry = 0, c1_exit = 0;
  Cycle c1e_entry = 0, c1e_exit = 0;
  Cycle c3_entry = 0, c3_exit = 0;
  Cycle c6_entry = 0, c6_exit = 0;
  Cycle c7_entry = 0, c7_exit = 0;
  Cycle monitor_wake = 0;  ///< from another agent's store to the monitored line to the break event

  Cycle entry(CState state) const {
    const Cycle cycles[cstate_count] = {0, c1_entry, c1e_entry, c3_entry, c6_entry, c7_entry};
    return cycles[static_cast<unsigned>(state)];
  }
  Cycle exit(CState state) const {
    const Cycle cycles[cstate_count] = {0, c1_exit, c1e_exit, c3_exit, c6_exit, c7_exit};
    return cycles[static_cast<unsigned>(state)];
  }
};

/// The names of the profile's entries and the members that they set.
struct CStateEntry {
  const char* name;
  Cycle CStateConfig::*member;
};
inline constexpr CStateEntry cstate_entries[] = {
    {"c1_entry", &CStateConfig::c1_entry},         {"c1_exit", &CStateConfig::c1_exit},
    {"c1e_entry", &CStateConfig::c1e_entry},       {"c1e_exit", &CStateConfig::c1e_exit},
    {"c3_entry", &CStateConfig::c3_entry},         {"c3_exit", &CStateConfig::c3_exit},
    {"c6_entry", &CStateConfig::c6_entry},         {"c6_exit", &CStateConfig::c6_exit},
    {"c7_entry", &CStateConfig::c7_entry},         {"c7_exit", &CStateConfig::c7_exit},
    {"monitor_wake", &CStateConfig::monitor_wake},
};

struct PowerConfig {
  CStateConfig states;
  std::vector<CpuPlace> places;  ///< index is the CPU number; who shares a core and a package
};

}  // namespace apicsim

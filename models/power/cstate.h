#pragma once

#include <cstdint>

namespace apicsim {

/// Processor-specific C-states in order of depth (SDM Vol. 3 §14.5): c0 executes, the others save
/// more power the deeper they are. What firmware calls C2 or C3 (ACPI §8.1) is a choice of these.
enum class CState : std::uint8_t { c0, c1, c1e, c3, c6, c7 };
inline constexpr unsigned cstate_count = 6;

/// "C0", "C1", "C1E", "C3", "C6", "C7".
const char* cstate_name(CState state);

/// C3 and deeper: the core's clock stands, its caches are written back and empty, its TLBs are
/// lost, and a local APIC timer that is not always running stops (SDM Vol. 3 §11.5.4).
constexpr bool loses_core(CState state) { return state >= CState::c3; }

/// State of a package: pc0 while any of its cores is in C0 or C1 (SDM Vol. 4 table 2-20, residency
/// counters; pc2 is where a limit holds back what all cores would allow).
enum class PackageState : std::uint8_t { pc0, pc2, pc3, pc6, pc7 };
inline constexpr unsigned package_state_count = 5;

}  // namespace apicsim

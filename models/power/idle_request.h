#pragma once

#include <cstdint>

#include "models/power/cstate.h"

namespace apicsim {

/// What one thread asks for by HLT or MWAIT.
struct IdleRequest {
  CState state = CState::c1;
  PackageState package_limit = PackageState::pc0;
};

/// The state that MWAIT enters (SDM Vol. 2 MWAIT: EAX[7:4] + 1 modulo 16 is the C-state, EAX[3:0]
/// the sub-state). `substates` is CPUID.5:EDX. A state that is not enumerated there becomes the
/// deepest enumerated one above it, C1 if there is none. `promote_c1`: MSR_POWER_CTL.C1E.
CState mwait_state(std::uint32_t hint, std::uint32_t substates, bool promote_c1);

/// HLT is C1 (SDM Vol. 3 §8.10.2), or C1E where MSR_POWER_CTL.C1E promotes it.
constexpr CState halt_state(bool promote_c1) { return promote_c1 ? CState::c1e : CState::c1; }

/// Deepest package state that MSR_PKG_CST_CONFIG_CONTROL[2:0] allows (SDM Vol. 4 table 2-20).
PackageState package_limit(std::uint64_t package_cst_config);

/// Bit 1 of MSR_POWER_CTL (SDM Vol. 4 table 2-20): C1 becomes C1E.
inline constexpr std::uint64_t power_ctl_c1e = 1u << 1;

}  // namespace apicsim

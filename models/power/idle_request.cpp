#include "models/power/idle_request.h"

#include <algorithm>

namespace apicsim {

namespace {

constexpr unsigned enumerated_targets = 8;  // CPUID.5:EDX has eight fields of four bits

CState state_of(unsigned target, unsigned substate, bool promote_c1) {
  if (target == 1) return substate > 0 ? CState::c1e : halt_state(promote_c1);
  if (target == 2) return CState::c3;
  return target == 3 ? CState::c6 : CState::c7;
}

}  // namespace

const char* cstate_name(CState state) {
  static constexpr const char* names[cstate_count] = {"C0", "C1", "C1E", "C3", "C6", "C7"};
  return names[static_cast<unsigned>(state)];
}

CState mwait_state(std::uint32_t hint, std::uint32_t substates, bool promote_c1) {
  const unsigned wanted = ((hint >> 4) + 1) & 0xF;
  if (wanted == 0) return CState::c0;
  for (unsigned target = std::min(wanted, enumerated_targets - 1); target > 0; --target) {
    const unsigned available = substates >> (4 * target) & 0xF;
    if (available == 0) continue;
    const unsigned substate = target == wanted ? hint & 0xF : 0xF;
    return state_of(target, std::min(substate, available - 1), promote_c1);
  }
  return halt_state(promote_c1);
}

PackageState package_limit(std::uint64_t package_cst_config) {
  switch (package_cst_config & 7) {
    case 0:
      return PackageState::pc0;
    case 1:
      return PackageState::pc2;
    case 2:
    case 3:
      return PackageState::pc6;
    default:
      return PackageState::pc7;
  }
}

}  // namespace apicsim

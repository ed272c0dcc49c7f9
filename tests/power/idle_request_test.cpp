#include "models/power/idle_request.h"

#include "tests/catch.h"

using namespace apicsim;

TEST_CASE("MWAIT enters the enumerated state that its hint names, or the deepest above it") {
  struct Row {
    std::uint32_t hint, substates;
    CState state;
  };
  constexpr std::uint32_t ivy_bridge_ep = 0x1120, haswell_client = 0x42120, only_c1 = 0x20, tcg = 0;
  const Row rows[] = {
      {0x00, ivy_bridge_ep, CState::c1},
      {0x01, ivy_bridge_ep, CState::c1e},
      {0x02, ivy_bridge_ep, CState::c1e},
      {0x10, ivy_bridge_ep, CState::c3},
      {0x11, ivy_bridge_ep, CState::c3},
      {0x20, ivy_bridge_ep, CState::c6},
      {0x30, ivy_bridge_ep, CState::c6},
      {0x60, ivy_bridge_ep, CState::c6},
      {0xE0, ivy_bridge_ep, CState::c6},
      {0xF0, ivy_bridge_ep, CState::c0},
      {0x30, haswell_client, CState::c7},
      {0x32, haswell_client, CState::c7},
      {0x40, haswell_client, CState::c7},
      {0x20, haswell_client, CState::c6},
      {0x20, only_c1, CState::c1e},
      {0x00, only_c1, CState::c1},
      {0x00, tcg, CState::c1},
      {0x20, tcg, CState::c1},
      {0x100, ivy_bridge_ep, CState::c1},
  };
  for (const Row& row : rows) {
    CAPTURE(row.hint, row.substates);
    CHECK(mwait_state(row.hint, row.substates, false) == row.state);
  }
}

TEST_CASE("MSR_POWER_CTL.C1E promotes C1, and nothing else, to C1E (SDM Vol. 4 table 2-20)") {
  CHECK(mwait_state(0x00, 0x1120, true) == CState::c1e);
  CHECK(mwait_state(0x01, 0x1120, true) == CState::c1e);
  CHECK(mwait_state(0x10, 0x1120, true) == CState::c3);
  CHECK(mwait_state(0x20, 0x1120, true) == CState::c6);
  CHECK(mwait_state(0xF0, 0x1120, true) == CState::c0);
  CHECK(halt_state(false) == CState::c1);
  CHECK(halt_state(true) == CState::c1e);
}

TEST_CASE("MSR_PKG_CST_CONFIG_CONTROL[2:0] limits the package (SDM Vol. 4 table 2-20)") {
  const PackageState limits[8] = {PackageState::pc0, PackageState::pc2, PackageState::pc6,
                                  PackageState::pc6, PackageState::pc7, PackageState::pc7,
                                  PackageState::pc7, PackageState::pc7};
  for (std::uint64_t value = 0; value < 8; ++value) {
    CAPTURE(value);
    CHECK(package_limit(value) == limits[value]);
    CHECK(package_limit(0x1E008400 | value) == limits[value]);
  }
}

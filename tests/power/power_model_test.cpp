#include "models/power/power_model.h"

#include <vector>

#include "tests/catch.h"

using namespace apicsim;

namespace {

constexpr std::uint64_t hz = 2'800'000'000;

struct Recorder final : CoreSleepListener {
  struct Call {
    std::uint32_t cpu;
    CState state;
    Cycle at;
  };
  std::vector<Call> lost, back;
  void core_lost(std::uint32_t cpu, CState state, Cycle from) override {
    lost.push_back({cpu, state, from});
  }
  void core_back(std::uint32_t cpu, Cycle at) override { back.push_back({cpu, CState::c0, at}); }
};

CStateConfig costs() {
  CStateConfig c;
  c.c1_entry = 10, c.c1_exit = 100;
  c.c1e_entry = 20, c.c1e_exit = 200;
  c.c3_entry = 300, c.c3_exit = 3'000;
  c.c6_entry = 600, c.c6_exit = 6'000;
  c.c7_entry = 700, c.c7_exit = 7'000;
  return c;
}

/// Two packages of two cores of two threads: CPU 0..3 first threads, CPU 4..7 their siblings.
struct Machine {
  explicit Machine(std::uint64_t tsc_hz = hz)
      : model({costs(), {{0, 0}, {0, 1}, {1, 0}, {1, 1}, {0, 0}, {0, 1}, {1, 0}, {1, 1}}},
              Clock(tsc_hz, hz), recorder) {}
  void enter(std::uint32_t cpu, CState state, Cycle now, PackageState limit = PackageState::pc7) {
    model.enter(cpu, {state, limit}, now);
  }
  /// All threads of package 0, the last one at `now`.
  void enter_package(CState state, Cycle now, PackageState limit = PackageState::pc7) {
    enter(0, state, now - 3, limit);
    enter(4, state, now - 2, limit);
    enter(1, state, now - 1, limit);
    enter(5, state, now, limit);
  }
  Recorder recorder;
  PowerModel model;
};

}  // namespace

TEST_CASE("A core is in the shallowest state of its threads and wakes from that one") {
  const CState states[] = {CState::c1, CState::c1e, CState::c3, CState::c6, CState::c7};
  for (const CState a : states) {
    for (const CState b : states) {
      Machine machine;
      machine.enter(0, a, 1'000);
      CHECK(machine.model.core_state(0) == CState::c0);
      machine.enter(4, b, 2'000);
      const CState shallowest = std::min(a, b);
      CAPTURE(cstate_name(a), cstate_name(b));
      CHECK(machine.model.core_state(0) == shallowest);
      CHECK(machine.model.wake(0, 1'000'000) == 1'000'000 + costs().exit(shallowest));
      CHECK(machine.model.core_state(0) == CState::c0);
    }
  }
}

TEST_CASE("A thread whose sibling runs wakes as from C1, however deep it had asked for") {
  Machine machine;
  machine.enter(0, CState::c6, 1'000);
  CHECK(machine.model.wake(0, 50'000) == 50'100);
  CHECK(machine.recorder.lost.empty());
}

TEST_CASE("A break event during the entry waits for the entry's end, no longer") {
  for (const Cycle event : {1'000, 1'001, 1'599, 1'600, 1'601, 9'999}) {
    Machine machine;
    machine.enter(4, CState::c6, 500);
    machine.enter(0, CState::c6, 1'000);
    CAPTURE(event);
    CHECK(machine.model.wake(0, event) == std::max<Cycle>(event, 1'600) + 6'000);
  }
}

TEST_CASE("While a core wakes up its second thread waits for the core, not for another exit") {
  Machine machine;
  machine.enter(0, CState::c6, 1'000);
  machine.enter(4, CState::c6, 1'000);
  CHECK(machine.model.wake(0, 10'000) == 16'000);
  CHECK(machine.model.wake(4, 12'000) == 16'000);
  machine.enter(0, CState::c6, 20'000);
  machine.enter(4, CState::c6, 20'000);
  CHECK(machine.model.wake(0, 30'000) == 36'000);
  CHECK(machine.model.wake(4, 35'950) == 36'050);
}

TEST_CASE("MWAIT that asks for C0 keeps the core awake and costs nothing") {
  Machine machine;
  machine.enter(4, CState::c6, 500);
  machine.enter(0, CState::c0, 1'000);
  CHECK(machine.model.core_state(0) == CState::c0);
  CHECK(machine.model.wake(0, 1'000) == 1'000);
}

TEST_CASE("C3 and deeper lose the core for all its threads from entry's end to exit's end") {
  Machine machine;
  machine.enter(0, CState::c3, 1'000);
  CHECK(machine.recorder.lost.empty());
  machine.enter(4, CState::c7, 2'000);
  REQUIRE(machine.recorder.lost.size() == 2);
  CHECK(machine.recorder.lost[0].cpu == 0);
  CHECK(machine.recorder.lost[1].cpu == 4);
  CHECK(machine.recorder.lost[1].state == CState::c3);
  CHECK(machine.recorder.lost[1].at == 2'300);
  machine.model.wake(4, 5'000);
  REQUIRE(machine.recorder.back.size() == 2);
  CHECK(machine.recorder.back[0].at == 8'000);
}

TEST_CASE("C1 and C1E lose nothing") {
  Machine machine;
  machine.enter(0, CState::c1e, 1'000);
  machine.enter(4, CState::c1, 1'000);
  machine.model.wake(0, 5'000);
  CHECK(machine.recorder.lost.empty());
  CHECK(machine.recorder.back.empty());
}

TEST_CASE("Core residency counts from the end of the entry to the break event, to the tick") {
  Machine machine(100'000'000);  // TSC of 100 MHz: a tick every 28 cycles
  machine.enter(0, CState::c6, 1'000);
  machine.enter(4, CState::c6, 1'000);  // settled at 1600, tick 57
  CHECK(machine.model.core_residency(0, CState::c6, 1'500) == 0);
  CHECK(machine.model.core_residency(0, CState::c6, 1'623) == 0);
  CHECK(machine.model.core_residency(0, CState::c6, 1'624) == 1);
  CHECK(machine.model.core_residency(4, CState::c6, 28 * 157) == 100);
  machine.model.wake(4, 28 * 157);
  CHECK(machine.model.core_residency(0, CState::c6, 1'000'000) == 100);
  CHECK(machine.model.core_residency(0, CState::c3, 1'000'000) == 0);
  CHECK(machine.model.core_residency(1, CState::c6, 1'000'000) == 0);
  CHECK(machine.model.entries(0, CState::c6) == 1);
}

TEST_CASE("A package is as deep as its shallowest core and its limit allow") {
  struct Row {
    CState cores;
    PackageState limit, state;
  };
  using P = PackageState;
  const Row rows[] = {
      {CState::c1, P::pc7, P::pc0}, {CState::c1e, P::pc7, P::pc0}, {CState::c3, P::pc7, P::pc3},
      {CState::c6, P::pc7, P::pc6}, {CState::c7, P::pc7, P::pc7},  {CState::c7, P::pc6, P::pc6},
      {CState::c6, P::pc2, P::pc2}, {CState::c3, P::pc6, P::pc3},  {CState::c6, P::pc0, P::pc0},
  };
  for (const Row& row : rows) {
    Machine machine;
    machine.enter_package(row.cores, 10'000, row.limit);
    const Cycle settled = 10'000 + costs().entry(row.cores);
    CAPTURE(cstate_name(row.cores));
    for (const P state : {P::pc2, P::pc3, P::pc6, P::pc7}) {
      const std::uint64_t expected = state == row.state && state != P::pc0 ? 5'000 : 0;
      CHECK(machine.model.package_residency(0, state, settled + 5'000) == expected);
      CHECK(machine.model.package_residency(2, state, settled + 5'000) == 0);
    }
  }
}

TEST_CASE("A package leaves its state with the first of its cores and keeps what it has counted") {
  Machine machine;
  machine.enter_package(CState::c6, 10'000);
  machine.model.wake(1, 20'600);
  CHECK(machine.model.package_residency(0, PackageState::pc6, 99'999) == 10'000);
  CHECK(machine.model.core_residency(0, CState::c6, 99'998) == 99'998 - 10'598);
}

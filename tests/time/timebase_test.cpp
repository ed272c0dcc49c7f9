#include "models/time/timebase.h"

#include "models/time/clock.h"
#include "tests/catch.h"

using namespace apicsim;

TEST_CASE("Cycles survive the way to sc_time and back, at clocks that do not divide a tick") {
  for (const std::uint64_t hz : {1'800'000'000ull, 2'800'000'000ull, 3'333'333'333ull}) {
    const Timebase timebase(hz);
    for (Cycle cycle : {Cycle{0}, Cycle{1}, Cycle{2}, Cycle{3}, hz - 1, hz, hz * 86'400 + 7})
      CHECK(timebase.to_cycles(timebase.to_sc_time(cycle)) == cycle);
  }
}

TEST_CASE("sc_time never runs backwards from one cycle to the next") {
  const Timebase timebase(2'800'000'000);
  for (Cycle cycle = 0; cycle < 10'000; ++cycle)
    REQUIRE(timebase.to_sc_time(cycle) < timebase.to_sc_time(cycle + 1));
}

TEST_CASE("Edge k of a clock is computed from k: not at the cycle before, yes at its cycle") {
  const Clock clock(3'579'545, 2'800'000'000);
  for (std::uint64_t tick : {1ull, 2ull, 3ull, 1'000'003ull, 3'579'545ull * 1000}) {
    const Cycle edge = clock.edge(tick);
    CHECK(clock.ticks(edge) == tick);
    CHECK(clock.ticks(edge - 1) == tick - 1);
  }
}

TEST_CASE("An edge beyond the range of Cycle is never") {
  CHECK(Clock(1, 2'800'000'000).edge(~0ull) == never);
}

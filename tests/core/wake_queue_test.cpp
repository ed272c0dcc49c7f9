#include "models/core/wake_queue.h"

#include <algorithm>
#include <random>

#include "tests/catch.h"

using namespace apicsim;

namespace {

/// The same question answered by looking at every CPU.
WakeQueue::Candidate by_scanning(const std::vector<Cycle>& wake) {
  WakeQueue::Candidate c;
  for (u32 i = 0; i < wake.size(); ++i) {
    if (wake[i] < c.wake) {
      c.other_wake = c.wake;
      c.other = c.cpu;
      c.wake = wake[i];
      c.cpu = i;
    } else if (wake[i] < c.other_wake) {
      c.other_wake = wake[i];
      c.other = i;
    }
  }
  return c;
}

void compare(u32 cpus) {
  WakeQueue queue(cpus);
  std::vector<Cycle> wake(cpus, never);
  std::mt19937 random(cpus);
  for (unsigned step = 0; step < 2'000; ++step) {
    const u32 cpu = random() % cpus;
    const Cycle at = random() % 8 == 0 ? never : random() % 16;
    wake[cpu] = at;
    queue.set(cpu, at);
    const auto expected = by_scanning(wake), found = queue.next();
    REQUIRE(found.cpu == expected.cpu);
    REQUIRE(found.wake == expected.wake);
    REQUIRE(found.other == expected.other);
    REQUIRE(found.other_wake == expected.other_wake);
  }
}

}  // namespace

TEST_CASE("A queue of sleeping CPUs names nobody") {
  const auto next = WakeQueue(5).next();
  CHECK(next.cpu == WakeQueue::nobody);
  CHECK(next.other == WakeQueue::nobody);
  CHECK(next.wake == never);
}

TEST_CASE(
    "The earliest CPU and the one after it are found, the lower number first, for any count") {
  for (const u32 cpus : {1u, 2u, 3u, 7u, 8u, 9u, 40u, 288u}) compare(cpus);
}

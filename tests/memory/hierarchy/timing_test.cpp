#include <functional>
#include <vector>

#include "tests/catch.h"
#include "tests/memory/hierarchy/small_machine.h"

using namespace apicsim;
using namespace apicsim::testing;

namespace {

constexpr LineUse fetch = LineUse::fetch, load = LineUse::load, store = LineUse::store;
constexpr std::uint64_t near = 0x40000, far = (1 << 30) + 0x40000;
constexpr Cycle later = 1'000'000;

using Machine = MemoryHierarchy;

/// Brings the machine into a state; then one access of `use` to `physical` by CPU 0 is timed.
struct Path {
  const char* name;
  Cycle MemoryParameters::*parameter;
  std::function<void(Machine&)> before;
  std::uint64_t physical;
  LineUse use;
};

std::vector<Path> paths() {
  using P = MemoryParameters;
  const auto by = [](std::vector<std::pair<std::uint32_t, LineUse>> steps) {
    return [steps](Machine& m) {
      Cycle now = 0;
      for (const auto& [cpu, use] : steps) access(m, cpu, near, use, now += 10'000);
    };
  };
  const auto push_from_l1 = [](Machine& m) {
    for (std::uint64_t i = 0; i <= 8; ++i) access(m, 0, near + i * 64 * 64, load, i * 10'000);
  };
  const auto push_from_l2 = [](Machine& m) {
    for (std::uint64_t i = 0; i <= 16; ++i) access(m, 0, near + i * 512 * 64, load, i * 10'000);
  };
  return {
      {"L1", &P::l1_latency, by({{0, load}}), near, load},
      {"L1 by the other thread", &P::l1_latency, by({{4, load}}), near, load},
      {"L1 instruction", &P::l1_latency, by({{0, fetch}}), near, fetch},
      {"store to E", &P::l1_latency, by({{0, load}}), near, store},
      {"L2", &P::l2_latency, push_from_l1, near, load},
      {"LLC", &P::llc_latency, push_from_l2, near, load},
      {"clean snoop", &P::snoop_clean, by({{1, load}}), near, load},
      {"clean snoop for a store", &P::snoop_clean, by({{1, load}}), near, store},
      {"modified in another core", &P::snoop_modified, by({{1, store}}), near, load},
      {"modified, for a store", &P::snoop_modified, by({{1, store}}), near, store},
      {"upgrade", &P::upgrade, by({{0, load}, {1, load}}), near, store},
      {"clean in the other socket", &P::cross_clean, by({{2, load}}), near, load},
      {"clean there, for a store", &P::cross_clean, by({{2, load}}), near, store},
      {"modified in the other socket", &P::cross_modified, by({{2, store}}), near, load},
      {"modified there, for a store", &P::cross_modified, by({{2, store}}), near, store},
      {"upgrade across", &P::cross_upgrade, by({{0, load}, {2, load}}), near, store},
      {"local memory", &P::memory_local, by({}), near, load},
      {"local memory for a store", &P::memory_local, by({}), near, store},
      {"remote memory", &P::memory_remote, by({}), far, load},
  };
}

Cycle timed(const MemoryTimingConfig& config, const Path& path) {
  Machine machine(config);
  path.before(machine);
  return access(machine, 0, path.physical, path.use, later).latency;
}

}  // namespace

TEST_CASE("Each path costs its parameter, and one cycle more when that is one cycle longer") {
  for (const Path& path : paths()) {
    CAPTURE(path.name);
    MemoryTimingConfig config = roomy_machine();
    const Cycle expected = config.parameters.*path.parameter;
    CHECK(timed(config, path) == expected);
    ++(config.parameters.*path.parameter);
    CHECK(timed(config, path) == expected + 1);
  }
}

TEST_CASE("A line that is on its way is there in its cycle, not one earlier") {
  Machine machine(roomy_machine());
  const Cycle arrives = 100 + access(machine, 0, near, load, 100).latency;
  CHECK(access(machine, 0, near + 8, load, 101).latency == arrives - 101);
  CHECK(access(machine, 4, near + 8, load, arrives - 5).latency == 5);
  CHECK(access(machine, 4, near + 8, load, arrives - 4).latency == 4);
  CHECK(access(machine, 4, near + 8, load, arrives - 3).latency == 4);
  CHECK(machine.counters(0).fill_waits == 1);
  CHECK(machine.counters(4).fill_waits == 1);
}

TEST_CASE("A line that was lost and comes back is waited for anew") {
  Machine machine(roomy_machine());
  access(machine, 0, near, load, 0);
  machine.flush_line(0, near, 10'000);
  const Cycle arrives = 20'000 + access(machine, 0, near, load, 20'000).latency;
  CHECK(access(machine, 0, near, load, arrives - 50).latency == 50);
  CHECK(access(machine, 0, near, load, arrives).latency == small_parameters().l1_latency);
}

TEST_CASE("Who wants a line in transit queues behind the transfer") {
  const Cycle modified = small_parameters().snoop_modified, local = small_parameters().memory_local;
  Machine machine(roomy_machine());
  CHECK(access(machine, 0, near, store, 0).latency == local);
  CHECK(access(machine, 1, near, store, local - 1).latency == 1 + modified);
  const Cycle second = local + modified;
  CHECK(access(machine, 0, near, store, second).latency == modified);
  CHECK(machine.counters(1).transit_waits == 1);
  CHECK(machine.counters(1).transit_cycles == 1);
  CHECK(machine.counters(0).transit_waits == 0);
  // From the other socket the same transfer is waited for.
  const Cycle third = second + modified;
  CHECK(access(machine, 2, near, store, third - 10).latency ==
        10 + small_parameters().cross_modified);
}

TEST_CASE("A new owner keeps the line for the hold time, a reader does not") {
  for (const Cycle hold : {0, 25, 26}) {
    MemoryTimingConfig config = roomy_machine();
    config.parameters.owner_hold = hold;
    Machine machine(config);
    const Cycle local = config.parameters.memory_local, modified = config.parameters.snoop_modified;
    access(machine, 0, near, store, 0);
    CHECK(access(machine, 1, near, store, local).latency == hold + modified);
    access(machine, 0, near + 64, load, 0);
    CHECK(access(machine, 1, near + 64, load, local).latency == config.parameters.snoop_clean);
  }
}

TEST_CASE("A locked operation keeps its line from the other thread of its core, not from its own") {
  MemoryTimingConfig config = roomy_machine();
  config.parameters.owner_hold = 25;
  Machine machine(config);
  access(machine, 0, near, store, 0);
  access(machine, 0, near, store, later);
  machine.hold_line(0, near, later + 4);
  CHECK(access(machine, 0, near, store, later + 10).latency == 4);
  CHECK(access(machine, 4, near + 64, load, later + 10).latency != 19);
  CHECK(access(machine, 4, near, store, later + 10).latency == 19);
  CHECK(access(machine, 4, near, store, later + 24).latency == 5);
  CHECK(access(machine, 4, near, store, later + 25).latency == 4);
  CHECK(access(machine, 4, near, load, later + 29).latency == 4);
}

TEST_CASE("n CPUs that want one line are served one transfer after the other") {
  MemoryTimingConfig config = roomy_machine();
  config.parameters.owner_hold = 25;
  Machine machine(config);
  access(machine, 0, near, store, 0);
  const Cycle start = 10'000, each = config.parameters.snoop_modified + 25;
  CHECK(access(machine, 1, near, store, start).latency == each - 25);
  CHECK(access(machine, 0, near, store, start).latency == 2 * each - 25);
  CHECK(access(machine, 5, near, store, start).latency == 3 * each - 25);
}

TEST_CASE("A channel carries one line per occupancy: the next one waits for the rest of it") {
  MemoryTimingConfig config = roomy_machine();
  config.parameters.memory_line_occupancy = 14;
  config.parameters.memory_channels = 2;
  const Cycle local = config.parameters.memory_local;
  for (const Cycle gap : {0, 13, 14, 15}) {
    CAPTURE(gap);
    Machine machine(config);
    access(machine, 0, near, load, 0);
    const Cycle wait = gap < 14 ? 14 - gap : 0;
    CHECK(access(machine, 0, near + 64, load, gap).latency == local);  // the other channel
    CHECK(access(machine, 1, near + 128, load, gap).latency == local + wait);
    CHECK(machine.counters(1).channel_cycles == wait);
    CHECK(machine.counters(1).channel_waits == (wait != 0 ? 1 : 0));
    CHECK(access(machine, 1, far, load, gap).latency == config.parameters.memory_remote);
  }
}

TEST_CASE("DMA keeps memory channels busy: writes always, reads of lines that nobody caches") {
  MemoryTimingConfig config = roomy_machine();
  config.parameters.memory_line_occupancy = 14;
  config.parameters.memory_channels = 1;
  const Cycle local = config.parameters.memory_local;
  const auto wait_after = [&](std::uint64_t at, std::uint64_t size, bool write) {
    Machine machine(config);
    access(machine, 1, near, store, 0);
    machine.device_access(at, size, write, later);
    return access(machine, 0, near + 0x10000, load, later).latency - local;
  };
  CHECK(wait_after(near + 64, 64, true) == 14);
  CHECK(wait_after(near + 64, 65, true) == 28);
  CHECK(wait_after(near, 64, true) == 14);
  CHECK(wait_after(near + 64, 128, false) == 28);
  CHECK(wait_after(near, 64, false) == 0);
}

TEST_CASE("A modified line that the other socket reads is written to its home on the way") {
  MemoryTimingConfig config = roomy_machine();
  config.parameters.memory_line_occupancy = 14;
  config.parameters.memory_channels = 1;
  for (const LineUse first : {load, store}) {
    Machine machine(config);
    access(machine, 0, near, first, 0);
    access(machine, 2, near, load, later);
    CHECK(access(machine, 0, near + 64, load, later).latency ==
          config.parameters.memory_local + (first == store ? 14 : 0));
  }
}

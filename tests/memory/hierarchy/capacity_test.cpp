#include <vector>

#include "tests/catch.h"
#include "tests/memory/hierarchy/small_machine.h"

using namespace apicsim;
using namespace apicsim::testing;

namespace {

constexpr LineUse load = LineUse::load, store = LineUse::store;
constexpr Cycle step = 10'000;

/// Lines `stride` bytes apart from address 0 on.
std::vector<std::uint64_t> addresses(unsigned count, std::uint64_t stride) {
  std::vector<std::uint64_t> out;
  for (unsigned i = 0; i < count; ++i) out.push_back(i * stride);
  return out;
}

/// Loads all by CPU 0, in order, twice, and says who serves the first of them the second time.
ServedBy second_round(const MemoryParameters& parameters, const std::vector<std::uint64_t>& all) {
  MemoryHierarchy machine({parameters, small_topology()});
  Cycle now = 0;
  for (const std::uint64_t address : all) access(machine, 0, address, load, now += step);
  return access(machine, 0, all.front(), load, now += step).level;
}

}  // namespace

TEST_CASE("As many lines as a set has ways stay in each level, one more pushes out the oldest") {
  const MemoryParameters p = roomy_parameters();
  const std::uint64_t l1_stride = p.l1d_sets * 64, l2_stride = p.l2_sets * 64;
  CHECK(second_round(p, addresses(8, l1_stride)) == ServedBy::l1);
  CHECK(second_round(p, addresses(9, l1_stride)) == ServedBy::l2);
  CHECK(second_round(p, addresses(8, l2_stride)) == ServedBy::l1);
  CHECK(second_round(p, addresses(9, l2_stride)) == ServedBy::llc);
}

TEST_CASE("The last level holds as many lines of a set as it has ways") {
  const MemoryParameters p = roomy_parameters();
  const LastLevelCache cache(p);
  std::vector<std::uint64_t> same_set;
  for (std::uint64_t line = 0; same_set.size() < 21; line += p.llc_sets)
    if (cache.set_number(line) == cache.set_number(0)) same_set.push_back(line * 64);
  std::vector<std::uint64_t> fits = same_set;
  fits.pop_back();
  CHECK(second_round(p, fits) == ServedBy::llc);
  CHECK(second_round(p, same_set) == ServedBy::memory);
}

TEST_CASE("Lines spread evenly over the slices of the last level") {
  MemoryParameters p = roomy_parameters();
  p.llc_slices = 10;
  const LastLevelCache cache(p);
  std::vector<unsigned> hits(10);
  constexpr unsigned lines = 200'000;
  for (std::uint64_t line = 0; line < lines; ++line) ++hits[cache.set_number(line) / p.llc_sets];
  for (const unsigned n : hits) {
    CHECK(n > lines / 10 * 9 / 10);
    CHECK(n < lines / 10 * 11 / 10);
  }
}

TEST_CASE("The least recently used line of a set goes, not the oldest one") {
  MemoryHierarchy machine(small_machine());
  const std::uint64_t stride = small_parameters().l1d_sets * 64;
  Cycle now = 0;
  for (const std::uint64_t i : {0, 1, 0, 2}) access(machine, 0, i * stride, load, now += step);
  CHECK(machine.core(0).l1d().peek(0) != 0);
  CHECK(machine.core(0).l1d().peek(1 * stride / 64) == 0);
  CHECK(machine.core(0).l1d().peek(2 * stride / 64) != 0);
}

TEST_CASE(
    "A modified line that leaves the L1 is found in the L2, and from there in the last level") {
  const MemoryParameters p = roomy_parameters();
  MemoryHierarchy machine(roomy_machine());
  Cycle now = 0;
  access(machine, 0, 0, store, now += step);
  for (unsigned i = 1; i <= 8; ++i) access(machine, 0, i * p.l1d_sets * 64, load, now += step);
  CHECK(machine.core(0).l1d().peek(0) == 0);
  CHECK(machine.core_state(0, 0) == LineState::modified);
  CHECK(machine.counters(0).write_backs == 0);
  for (unsigned i = 1; i <= 9; ++i) access(machine, 0, i * p.l2_sets * 64, load, now += step);
  CHECK(machine.core_state(0, 0) == LineState::invalid);
  CHECK(machine.counters(0).write_backs == 1);
  CHECK(machine.socket_state(0, 0) == LineState::modified);
  // The directory knows that the core gave it up: no snoop.
  CHECK(access(machine, 1, 0, load, now += step).level == ServedBy::llc);
}

TEST_CASE("What the last level pushes out leaves the cores, too, and goes to memory if modified") {
  for (const LineUse use : {load, store}) {
    MemoryTimingConfig config = small_machine();
    config.parameters.memory_channels = 1;
    config.parameters.memory_line_occupancy = 14;
    MemoryHierarchy machine(config);
    const std::uint64_t stride = config.parameters.llc_sets * 64;
    Cycle now = 0;
    access(machine, 0, 0, use, now += step);
    for (unsigned i = 1; i <= 3; ++i) access(machine, 1, i * stride, load, now += step);
    CHECK(machine.core_state(0, 0) != LineState::invalid);
    access(machine, 1, 4 * stride, load, now += step);
    CHECK(machine.core_state(0, 0) == LineState::invalid);
    CHECK(machine.socket_state(0, 0) == LineState::invalid);
    const Cycle queued = 14 + (use == store ? 14 : 0);  // the fill, and the line that it pushed out
    CHECK(access(machine, 1, 64, load, now).latency == config.parameters.memory_local + queued);
  }
}

TEST_CASE("A line that is modified in the last level only goes to memory when pushed out") {
  MemoryTimingConfig config = small_machine();
  config.parameters.memory_channels = 1;
  config.parameters.memory_line_occupancy = 14;
  MemoryHierarchy machine(config);
  const std::uint64_t stride = config.parameters.llc_sets * 64;
  Cycle now = 0;
  access(machine, 0, 0, store, now += step);
  machine.lose_private(0, now);
  for (unsigned i = 1; i <= 4; ++i) access(machine, 1, i * stride, load, now += step);
  CHECK(access(machine, 1, 64, load, now).latency == config.parameters.memory_local + 2 * 14);
}

TEST_CASE("A refill that would push a modified line out of the L2 is no private access") {
  MemoryTimingConfig config = small_machine();
  config.parameters.l1d_sets = 1;
  config.parameters.l2_sets = 2;
  config.parameters.llc_sets = 64;
  // Line 2 is loaded anew while it is itself the L2's next victim; line 3 lies in the other set.
  struct {
    LineUse use_of_2;
    std::uint64_t wanted;
    LineState afterwards;
  } const rows[] = {{store, 3, LineState::modified}, {load, 2, LineState::exclusive}};
  for (const auto& row : rows) {
    MemoryHierarchy machine(config);
    Cycle now = 0;
    const auto reach = [&](std::uint64_t line, LineUse use) {
      access(machine, 0, line * 64, use, now += step);
    };
    // Line 0 stays in the L1, modified, while 2 and 4 go through it to the set of the L2.
    reach(3, store);
    reach(1, load);
    for (const unsigned line : {2, 4}) {
      reach(0, store);
      reach(line, line == 2 ? row.use_of_2 : store);
      reach(0, load);
      reach(1, load);
    }
    const std::vector<TagArray::Entry> l1 = machine.core(0).l1d().entries();
    const std::vector<TagArray::Entry> l2 = machine.core(0).l2().entries();
    REQUIRE(machine.core(0).l2().peek(row.wanted) != 0);
    LineAccess out;
    CHECK_FALSE(machine.private_access(0, row.wanted * 64, load, now += step, out));
    CHECK(machine.core(0).l1d().entries() == l1);
    CHECK(machine.core(0).l2().entries() == l2);
    CHECK(machine.shared_access(0, row.wanted * 64, load, now).level == ServedBy::l2);
    CHECK(machine.core_state(0, row.wanted * 64) == row.afterwards);
    CHECK(machine.counters(0).write_backs == 1);
    CHECK(machine.private_access(0, row.wanted * 64, load, now += step, out));
    CHECK(out.level == ServedBy::l1);
  }
}

TEST_CASE("A configuration that makes no sense is refused by name") {
  const auto refused = [](auto change, const char* part) {
    MemoryTimingConfig config = small_machine();
    change(config);
    try {
      MemoryHierarchy machine(config);
    } catch (const MemoryTimingError& error) {
      return std::string(error.what()).find(part) != std::string::npos;
    }
    return false;
  };
  using C = MemoryTimingConfig;
  CHECK(refused([](C& c) { c.parameters.l1d_sets = 3; }, "memory.l1d_sets is 3"));
  CHECK(refused([](C& c) { c.parameters.l2_ways = 0; }, "memory.l2_ways is 0, allowed: 1..64"));
  CHECK(refused([](C& c) { c.parameters.llc_latency = 2'000'000; }, "memory.llc_latency"));
  CHECK(refused([](C& c) { c.topology.core_of_cpu.clear(); }, "without CPUs"));
  CHECK(refused([](C& c) { c.topology.core_of_cpu[0] = 9; }, "core 9"));
  CHECK(refused([](C& c) { c.topology.core_of_cpu = {0, 2, 3}; }, "core 3"));
  CHECK(refused([](C& c) { c.topology.core_of_cpu = {0, 2, 2}; }, "core 1 is nobody's"));
  CHECK(refused([](C& c) { c.topology.socket_of_core.pop_back(); }, "not every core"));
  CHECK(refused([](C& c) { c.topology.socket_of_core = {0, 0, 2, 2}; }, "socket 1"));
  CHECK(refused([](C& c) { c.topology.socket_of_node.clear(); }, "without a node"));
  CHECK(refused([](C& c) { c.topology.socket_of_node = {0, 2}; }, "socket 2"));
  CHECK(refused([](C& c) { c.topology.ranges[0].node = 2; }, "node 2"));
  CHECK(refused([](C& c) { c.topology.ranges[0].end = 0; }, "empty"));
  CHECK(refused(
      [](C& c) {
        c.topology.core_of_cpu.resize(65);
        for (std::uint32_t i = 0; i < 65; ++i) c.topology.core_of_cpu[i] = i;
        c.topology.socket_of_core.assign(65, 0);
        c.topology.socket_of_node = {0};
        c.topology.ranges.clear();
      },
      "more than 64 cores"));
}

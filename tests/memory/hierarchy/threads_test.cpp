#include "tests/catch.h"
#include "tests/memory/hierarchy/small_machine.h"

using namespace apicsim;
using namespace apicsim::testing;

namespace {

constexpr LineUse load = LineUse::load, store = LineUse::store;
constexpr std::uint64_t line = 0x40000;
constexpr std::uint32_t first = 0, second = 4, elsewhere = 1;  // threads of core 0; core 1

bool is_private(MemoryHierarchy& machine, std::uint32_t cpu, LineUse use) {
  LineAccess out;
  return machine.private_access(cpu, line, use, 1'000'000, out);
}

}  // namespace

TEST_CASE("Threads of a core that only read a line both learn about it once, then it is private") {
  MemoryHierarchy machine(roomy_machine());
  access(machine, first, line, load, 0);
  CHECK(is_private(machine, first, load));
  CHECK_FALSE(is_private(machine, second, load));
  access(machine, second, line, load, 10'000);
  CHECK(is_private(machine, first, load));
  CHECK(is_private(machine, second, load));
}

TEST_CASE("A store is private only to the thread that alone knows the line") {
  MemoryHierarchy machine(roomy_machine());
  access(machine, first, line, store, 0);
  CHECK(is_private(machine, first, store));
  CHECK_FALSE(is_private(machine, second, store));
  access(machine, second, line, load, 10'000);
  CHECK_FALSE(is_private(machine, first, store));
  access(machine, first, line, store, 20'000);
  CHECK(is_private(machine, first, store));
  CHECK_FALSE(is_private(machine, second, load));
}

TEST_CASE("A line goes from thread to thread at the cost of an L1 hit and stays as it was") {
  MemoryHierarchy machine(roomy_machine());
  access(machine, first, line, store, 0);
  const LineAccess answer = machine.shared_access(second, line, store, 10'000);
  CHECK(answer.latency == roomy_parameters().l1_latency);
  CHECK(answer.level == ServedBy::l1);
  CHECK(machine.core_state(0, line) == LineState::modified);
}

TEST_CASE("What a snoop leaves in a core is nobody's until a thread uses it again") {
  MemoryHierarchy machine(roomy_machine());
  access(machine, first, line, store, 0);
  access(machine, elsewhere, line, load, 10'000);
  CHECK(machine.core_state(0, line) == LineState::shared);
  CHECK(is_private(machine, second, load));
  CHECK_FALSE(is_private(machine, first, load));
}

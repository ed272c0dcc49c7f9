// Single random instructions in the legacy modes, on the core and in a virtual machine of the host.
#include "tests/catch.h"
#include "tests/modes/compare.h"

using namespace apicsim::modes;

namespace {

struct Tally {
  unsigned compared = 0, skipped = 0, different = 0;
  std::string text;
};

/// Where the host's virtual machines are run by software, it does not know every instruction.
bool invalid_opcode(const Outcome& outcome) {
  constexpr std::uint64_t vector = 6;
  return outcome.state.segments[1].base + outcome.state.rip == handlers_at + vector + 1;
}

void compare_one(const Case& c, Engine& core, Engine& host, Tally& tally) {
  Outcome first, second;
  core.run(c.start, first);
  if (!first.why.empty()) {
    ++tally.different;
    tally.text += c.text + "\n  " + first.why + "\n";
    return;
  }
  if (first.end != End::not_comparable) host.run(c.start, second);
  const bool unknown_there = invalid_opcode(second) && !invalid_opcode(first);
  if (second.end == End::not_comparable || unknown_there) {
    ++tally.skipped;
    return;
  }
  ++tally.compared;
  const std::string difference = differences(c, first, second);
  if (difference.empty()) return;
  if (++tally.different <= 20) tally.text += c.text + "\n" + difference;
}

void compare_mode(Mode mode, unsigned cases) {
  const auto host = make_host_engine();
  const auto core = make_core_engine();
  Tally tally;
  Case c;
  for (std::uint64_t seed = 1; tally.compared < cases; ++seed)
    if (make_case(mode, seed, c)) compare_one(c, *core, *host, tally);
  INFO(tally.text);
  CAPTURE(tally.compared, tally.skipped);
  CHECK(tally.different == 0);
  CHECK(tally.skipped < tally.compared / 4);
}

bool no_host() { return make_host_engine() == nullptr; }
constexpr const char* reason = "/dev/kvm cannot be opened";

}  // namespace

TEST_CASE("Instructions of real-address mode end as in the host's virtual machine") {
  if (no_host()) SKIP(reason);
  compare_mode(Mode::real, 4000);
}
TEST_CASE("Instructions of 16-bit protected mode end as in the host's virtual machine") {
  if (no_host()) SKIP(reason);
  compare_mode(Mode::bits16, 4000);
}
TEST_CASE("Instructions of 32-bit protected mode end as in the host's virtual machine") {
  if (no_host()) SKIP(reason);
  compare_mode(Mode::bits32, 4000);
}
TEST_CASE("Instructions at level 3 of 32-bit protected mode end as in the host's virtual machine") {
  if (no_host()) SKIP(reason);
  compare_mode(Mode::user32, 4000);
}

#include "sim/observe/trace_compare.h"

#include "tests/catch.h"
#include "tests/observe/traces.h"

using namespace apicsim;
using namespace apicsim::testing;

namespace {

using Result = TraceComparison::Result;

TraceContent content(const std::vector<Event>& events) {
  return TraceContent(TraceFile(trace_of(events), "t"));
}

TraceComparison compare(const std::vector<Event>& golden, const std::vector<Event>& run) {
  return compare_traces(content(golden), content(run));
}

Event timer(Cycle cycle, std::uint32_t cpu, std::uint64_t rip = 0x1000) {
  return event_of(EventId::interrupt, cycle, cpu, {0xEF, rip, cycle});
}

Event idle(Cycle cycle, std::uint32_t cpu, std::uint64_t entered) {
  return event_of(EventId::idle_enter, cycle, cpu, {entered});
}

Event state(Cycle cycle, std::uint64_t digest) {
  return event_of(EventId::memory_state, cycle, Event::no_cpu, {0x200000, 3, digest});
}

}  // namespace

TEST_CASE("The same events are the same") {
  const std::vector<Event> events = {timer(10, 0), idle(20, 1, 1), line_of("x", 30), state(40, 5)};
  const auto comparison = compare(events, events);
  CHECK(comparison.result == Result::same);
  CHECK_FALSE(comparison.first);
  CHECK(comparison.moved.empty());
  CHECK(comparison.different.empty());
}

TEST_CASE("Cycles that moved are told per event and CPU, with smallest, median and largest shift") {
  const auto comparison =
      compare({timer(10, 0), timer(20, 0), timer(30, 0), timer(40, 0), timer(25, 1)},
              {timer(10, 0), timer(19, 0), timer(32, 0), timer(47, 0), timer(25, 1)});
  CHECK(comparison.result == Result::moved);
  REQUIRE(comparison.moved.size() == 1);
  const MovedTable& table = comparison.moved[0];
  CHECK(table.table.name == "irq_vectors:local_timer_entry");
  CHECK(table.table.cpu == 0);
  CHECK(table.events == 4);
  CHECK(table.moved == 3);
  CHECK(table.min == -1);
  CHECK(table.median == 2);
  CHECK(table.max == 7);
  CHECK(table.first == 20);
  REQUIRE(comparison.first);
  CHECK(comparison.first->number == 1);
  CHECK(comparison.first->golden_value == "cycle=20");
  CHECK(comparison.first->run_value == "cycle=19");
}

TEST_CASE("Another order of events of different CPUs is a matter of cycles") {
  CHECK(compare({idle(10, 0, 1), idle(12, 1, 0)}, {idle(11, 1, 0), idle(12, 0, 1)}).result ==
        Result::moved);
}

TEST_CASE("A value that differs is found, with its field, although cycles moved elsewhere") {
  const auto comparison = compare({timer(10, 0), idle(20, 1, 1), idle(30, 1, 1)},
                                  {timer(11, 0), idle(20, 1, 1), idle(30, 1, 0)});
  CHECK(comparison.result == Result::different);
  REQUIRE(comparison.first);
  CHECK(comparison.first->table.name == "power:cpu_idle");
  CHECK(comparison.first->table.cpu == 1);
  CHECK(comparison.first->number == 1);
  CHECK(comparison.first->field == "entered");
  CHECK(comparison.first->golden_value == "entered=1");
  CHECK(comparison.first->run_value == "entered=0");
  REQUIRE(comparison.different.size() == 1);
  CHECK(comparison.different[0].different == 1);
}

TEST_CASE("Of several differences the earliest on either side is the first") {
  const auto comparison =
      compare({idle(50, 0, 1), line_of("a", 90)}, {idle(50, 0, 0), line_of("b", 40)});
  REQUIRE(comparison.first);
  CHECK(comparison.first->table.name == "console:line");
}

TEST_CASE("An event that is missing on one side is told so") {
  const auto missing = compare({idle(10, 0, 1), idle(20, 0, 0)}, {idle(10, 0, 1)});
  CHECK(missing.result == Result::different);
  REQUIRE(missing.first);
  CHECK(missing.first->golden == std::size_t{1});
  CHECK_FALSE(missing.first->run);
  CHECK(missing.different[0].golden == 2);
  CHECK(missing.different[0].run == 1);
  const auto extra = compare({}, {idle(10, 0, 1)});
  CHECK(extra.result == Result::different);
  CHECK_FALSE(extra.first->golden);
}

TEST_CASE("What follows from times is content as long as no cycle moved") {
  // The interrupted address, the memory at the end, numbers in the console.
  CHECK(compare({timer(10, 0, 1)}, {timer(10, 0, 2)}).result == Result::different);
  CHECK(compare({state(10, 1)}, {state(10, 2)}).result == Result::different);
  CHECK(compare({line_of("took 12 us", 5)}, {line_of("took 13 us", 5)}).result ==
        Result::different);
}

TEST_CASE("What follows from times only moved when cycles did") {
  const Event before = idle(1, 3, 1), after = idle(2, 3, 1);
  CHECK(compare({before, timer(10, 0, 1)}, {after, timer(10, 0, 2)}).result == Result::moved);
  CHECK(compare({before, state(10, 1)}, {after, state(10, 2)}).result == Result::moved);
  CHECK(compare({before, line_of("took 9 us", 5)}, {after, line_of("took 13 us", 5)}).result ==
        Result::moved);
  CHECK(compare({before, line_of("took 9 us", 5)}, {after, line_of("took 9 ms", 5)}).result ==
        Result::different);
}

TEST_CASE("A probe with another number of arguments differs") {
  CHECK(compare({probe_of("a:b", 1, 0, {1})}, {probe_of("a:b", 1, 0, {1, 2})}).result ==
        Result::different);
}

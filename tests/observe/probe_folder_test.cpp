#include "sim/observe/probe_folder.h"

#include "tests/catch.h"
#include "tests/observe/traces.h"

using namespace apicsim;
using namespace apicsim::testing;

namespace {

constexpr std::uint64_t kCount = ProbeFolder::fold_count;

/// What is left of events after folding, as a trace's text.
std::vector<std::string> folded(const std::vector<Event>& events) {
  std::ostringstream out;
  TraceWriter writer(out, small_header());
  ProbeFolder folder(writer);
  for (const Event& event : events) folder.event(event);
  folder.finish();
  return lines_of(out.str());
}

std::vector<Event> hits(const char* name, std::uint64_t count, std::uint32_t cpu = 0) {
  std::vector<Event> events;
  for (std::uint64_t i = 0; i < count; ++i) events.push_back(probe_of(name, i, cpu, {i}));
  return events;
}

}  // namespace

TEST_CASE("Fast paths and tracepoints of allocations are frequent, slow paths and pages are not") {
  for (const char* const name : {"slub:alloc_fastpath", "slub:free_fastpath", "kmem:kmalloc",
                                 "kmem:kfree", "kmem:kmem_cache_alloc", "kmem:kmem_cache_free"})
    CHECK(ProbeFolder::is_frequent(name));
  for (const char* const name : {"slub:alloc_slowpath", "kmem:mm_page_alloc", "bench:sample",
                                 "_fastpath", "sched:sched_process_exec"})
    CHECK_FALSE(ProbeFolder::is_frequent(name));
}

TEST_CASE("A full fold is one event at its last hit, the rest comes with the end of the run") {
  auto events = hits("kmem:kfree", kCount + 1);
  events.push_back(event_of(EventId::run_end, 5000, Event::no_cpu, {1}));
  const auto lines = folded(events);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].rfind(std::to_string(kCount - 1) + " ", 0) == 0);
  CHECK(lines[0].find(" 0 kmem:kfree count=" + std::to_string(kCount)) != std::string::npos);
  CHECK(lines[1].rfind("5000 5000.000 0 kmem:kfree count=1 ", 0) == 0);
  CHECK(lines[2].find("run:end") != std::string::npos);
}

TEST_CASE("CPUs and probes are folded apart, also where the same place held another name") {
  std::vector<Event> events;
  for (std::uint64_t i = 0; i < kCount; ++i)
    for (std::uint32_t cpu = 0; cpu < 2; ++cpu)
      for (const char* const name : {"kmem:kfree", "kmem:kmalloc", "slub:alloc_fastpath"})
        events.push_back(probe_of(name, i, cpu, {i}));
  const auto lines = folded(events);
  REQUIRE(lines.size() == 6);
  for (std::size_t i = 0; i < 6; ++i) {
    const char* const names[] = {"kmem:kfree", "kmem:kmalloc", "slub:alloc_fastpath"};
    const std::string begin = std::to_string(i / 3) + " " + names[i % 3] + " count=";
    CHECK(lines[i].find(begin) != std::string::npos);
  }
}

TEST_CASE("One value that differs changes the digest of values, one cycle that of times") {
  const auto digests = [](const std::vector<Event>& events) { return folded(events).at(0); };
  const auto part = [](const std::string& line, const char* name) {
    return line.substr(line.find(name), line.find(' ', line.find(name)) - line.find(name));
  };
  auto events = hits("kmem:kfree", kCount);
  const std::string original = digests(events);
  events[kCount / 2].values[0] ^= 1;
  const std::string value = digests(events);
  CHECK(part(value, "values=") != part(original, "values="));
  CHECK(part(value, "times=") == part(original, "times="));
  events = hits("kmem:kfree", kCount);
  events[kCount / 2].cycle += 1;
  const std::string time = digests(events);
  CHECK(part(time, "values=") == part(original, "values="));
  CHECK(part(time, "times=") != part(original, "times="));
}

TEST_CASE("Everything else passes as it is") {
  const std::vector<Event> events = {event_of(EventId::idle_enter, 1, 0, {1}),
                                     probe_of("slub:alloc_slowpath", 2, 1, {3}), line_of("x", 4)};
  CHECK(folded(events) == lines_of(trace_of(events)));
}

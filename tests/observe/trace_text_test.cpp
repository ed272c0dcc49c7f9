#include <nlohmann/json.hpp>

#include "sim/observe/event_json.h"
#include "tests/catch.h"
#include "tests/observe/traces.h"

using namespace apicsim;
using namespace apicsim::testing;

TEST_CASE("A line has cycle, nanoseconds rounded down, CPU, name and fields") {
  const Event timer = event_of(EventId::interrupt, 2'800'000'001, 3, {0xEF, 0xffffffff81000000});
  CHECK(lines_of(trace_of({timer}, small_header(2'800'000'000)))[0] ==
        "2800000001 1000000000.357 3 irq_vectors:local_timer_entry vector=0xef "
        "rip=0xffffffff81000000");
  const Event dma = event_of(EventId::dma_write, 5, Event::no_cpu, {0x0300, 0x1000, 64, 0});
  CHECK(lines_of(trace_of({dma}))[0] ==
        "5 5.000 - dma:write requester=03:00.0 address=0x1000 length=64bytes first=0x0");
}

TEST_CASE("A text is shown as printable ASCII on one line") {
  CHECK(lines_of(trace_of({line_of("say \"a\\b\"\x01\xff", 9)}))[0] ==
        "9 9.000 - console:line text=\"say \\\"a\\\\b\\\"\\x01\\xff\"");
}

TEST_CASE("An event as JSON has numbers as numbers, requesters and texts as text") {
  TraceFile file(
      trace_of({event_of(EventId::dma_write, 5, Event::no_cpu, {0x81, 0x1000, 1, 255}),
                probe_of("kmem:kfree", 7, 2, {1, ~std::uint64_t{0}}), line_of("hello", 8)}),
      "t");
  TraceEvent event;
  REQUIRE(file.next(event));
  const auto dma = nlohmann::json::parse(event_json(file, event));
  CHECK(dma["cpu"].is_null());
  CHECK(dma["ns"] == "5.000");
  CHECK(dma["fields"]["requester"] == "00:10.1");
  REQUIRE(file.next(event));
  const auto probe = nlohmann::json::parse(event_json(file, event));
  CHECK(probe["event"] == "kmem:kfree");
  CHECK(probe["cpu"] == 2);
  CHECK(probe["fields"]["arg1"] == ~std::uint64_t{0});
  REQUIRE(file.next(event));
  CHECK(nlohmann::json::parse(event_json(file, event))["fields"]["text"] == "hello");
  CHECK_FALSE(file.next(event));
}

#include "sim/observe/event_order.h"

#include "sim/observe/vector_names.h"
#include "tests/catch.h"
#include "tests/observe/traces.h"

using namespace apicsim;
using namespace apicsim::testing;

namespace {

Event at(Cycle cycle, std::uint64_t vector) {
  return event_of(EventId::interrupt, cycle, 0, {vector, 0xffffffff81000000});
}

std::vector<std::uint64_t> vectors(const Collector& collector) {
  std::vector<std::uint64_t> values;
  for (const Event& event : collector.events) values.push_back(event.values[0]);
  return values;
}

}  // namespace

TEST_CASE("Events within the window are sorted by cycle, then by order of simulation") {
  Collector out;
  EventOrder order(out, 100);
  for (const auto& [cycle, vector] : {std::pair{150, 1}, {120, 2}, {150, 3}, {120, 4}})
    order.event(at(static_cast<Cycle>(cycle), static_cast<std::uint64_t>(vector)));
  order.finish();
  CHECK(vectors(out) == std::vector<std::uint64_t>{2, 4, 1, 3});
  CHECK(out.finished);
}

TEST_CASE("An event goes on as soon as no earlier one can follow, and not before") {
  Collector out;
  EventOrder order(out, 100);
  order.event(at(10, 1));
  order.event(at(109, 2));
  CHECK(out.events.empty());
  order.event(at(110, 3));
  CHECK(vectors(out) == std::vector<std::uint64_t>{1});
}

TEST_CASE("An event that waits keeps its text") {
  class LastText final : public EventSink {
   public:
    void event(const Event& event) override { text = event.text; }
    std::string text;
  } out;
  EventOrder order(out, 100);
  {
    const std::string shortlived(100, 'x');
    order.event(line_of(shortlived.c_str(), 5));
  }
  order.finish();
  CHECK(out.text == std::string(100, 'x'));
}

TEST_CASE("Vectors carry the names of Linux 3.13") {
  CHECK(vector_event_name(0xFD) == "irq_vectors:reschedule_entry");
  CHECK(vector_event_name(0x41) == "irq:irq_handler_entry");
  CHECK(vector_kind(0xFF) == "spurious_apic");
}

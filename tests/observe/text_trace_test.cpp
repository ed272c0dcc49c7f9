#include "sim/observe/text_trace.h"

#include <sstream>

#include "sim/observe/vector_names.h"
#include "tests/catch.h"

using namespace apicsim;

namespace {

Event at(Cycle cycle, std::uint32_t cpu, std::uint64_t vector) {
  Event event;
  event.id = EventId::interrupt;
  event.cpu = cpu;
  event.cycle = cycle;
  event.values = {vector, 0xffffffff81000000};
  event.count = 2;
  return event;
}

}  // namespace

TEST_CASE("A line has cycle, nanoseconds rounded down, CPU, name and fields") {
  CHECK(TextTrace::line(at(2'800'000'001, 3, 0xEF), 2'800'000'000) ==
        "2800000001 1000000000.357 3 irq_vectors:local_timer_entry vector=0xef "
        "rip=0xffffffff81000000");
  Event dma;
  dma.id = EventId::dma_write;
  dma.cycle = 5;
  dma.values = {0x0300, 0x1000, 64, 0};
  dma.count = 4;
  CHECK(TextTrace::line(dma, 1'000'000'000) ==
        "5 5.000 - dma:write requester=03:00.0 address=0x1000 length=64bytes first=0x0");
}

TEST_CASE("Events within the window are sorted by cycle, then by order of simulation") {
  std::ostringstream out;
  TextTrace trace(out, 1'000'000'000, 100);
  trace.event(at(150, 0, 0x31));
  trace.event(at(120, 1, 0x32));
  trace.event(at(150, 2, 0x33));
  trace.event(at(120, 3, 0x34));
  trace.finish();
  const std::string text = out.str();
  const auto position = [&](const char* vector) { return text.find(vector); };
  CHECK(position("0x32") < position("0x34"));
  CHECK(position("0x34") < position("0x31"));
  CHECK(position("0x31") < position("0x33"));
}

TEST_CASE("Lines are written as soon as no earlier event can follow, and not before") {
  std::ostringstream out;
  TextTrace trace(out, 1'000'000'000, 100);
  trace.event(at(10, 0, 0x31));
  trace.event(at(109, 0, 0x31));
  CHECK(out.str().empty());
  trace.event(at(110, 0, 0x31));
  CHECK(out.str().rfind("10 ", 0) == 0);
}

TEST_CASE("Vectors carry the names of Linux 3.13") {
  CHECK(vector_event_name(0xFD) == "irq_vectors:reschedule_entry");
  CHECK(vector_event_name(0x41) == "irq:irq_handler_entry");
  CHECK(vector_kind(0xFF) == "spurious_apic");
}

#include "sim/observe/trace_file.h"

#include <random>

#include "sim/digest/sha256.h"
#include "sim/observe/trace_error.h"
#include "sim/observe/trace_file_format.h"
#include "tests/catch.h"
#include "tests/observe/traces.h"

using namespace apicsim;
using namespace apicsim::testing;

namespace {

/// Of any number of bits.
std::uint64_t random_value(std::mt19937_64& random) {
  const std::uint64_t bits = random() % 64;
  return random() >> bits;
}

/// Random events of every kind that is no text, at rising cycles, with values of all sizes.
std::vector<Event> random_events(std::size_t count, std::uint32_t cpus) {
  static const char* const names[] = {"kmem:kmalloc", "kmem:kfree", "slub:alloc_fastpath"};
  std::mt19937_64 random(1);
  std::vector<Event> events;
  Cycle cycle = 0;
  for (std::size_t i = 0; i < count; ++i) {
    Event event;
    event.id = static_cast<EventId>(random() % (static_cast<unsigned>(EventId::run_end) + 1));
    if (event.id == EventId::probe) event.name = names[random() % 3];
    event.cpu = random() % 5 == 0 ? Event::no_cpu : static_cast<std::uint32_t>(random() % cpus);
    cycle += random_value(random) >> 24;
    event.cycle = cycle;
    const EventType& type = event_type(event.id);
    while (event.count < event_fields && type.fields[event.count].name != nullptr &&
           type.fields[event.count].format != FieldFormat::text)
      event.values[event.count++] = random_value(random);
    events.push_back(event);
  }
  return events;
}

std::string error_of(const std::string& bytes) {
  try {
    TraceFile file(bytes, "x.trace");
    for (TraceEvent event; file.next(event);) {
    }
  } catch (const TraceError& error) {
    return error.what();
  }
  return "";
}

bool starts(const std::string& text, const std::string& with) { return text.rfind(with, 0) == 0; }

}  // namespace

TEST_CASE("What was written is read back: every kind, CPU, cycle and value, over many blocks") {
  const auto events = random_events(200'000, 300);
  TraceFile file(trace_of(events, small_header(1'000'000'000, 300)), "t");
  CHECK(file.events() == events.size());
  TraceEvent read;
  std::size_t same = 0;
  for (const Event& event : events) {
    REQUIRE(file.next(read));
    const TraceKind& kind = file.decoder().kinds()[read.kind];
    bool equal = kind.declaration == static_cast<std::uint32_t>(event.id) &&
                 kind.count == event.count && read.cpu == event.cpu && read.cycle == event.cycle;
    for (unsigned i = 0; i < event.count; ++i) equal &= read.values[i] == event.values[i];
    if (event.name != nullptr) equal &= kind.name == event.name;
    same += equal ? 1 : 0;
  }
  CHECK(same == events.size());
  CHECK_FALSE(file.next(read));
}

TEST_CASE("The bytes of a trace do not depend on compiler, library or machine") {
  std::mt19937_64 random(2);
  std::vector<Event> events;
  for (Cycle cycle = 0; events.size() < 20'000; cycle += random_value(random) >> 24) {
    const std::uint64_t first = random_value(random), second = random_value(random);
    const auto cpu = static_cast<std::uint32_t>(random() % 40);
    events.push_back(probe_of(first % 3 == 0 ? "a:b" : "c:d", cycle, cpu, {first, second}));
  }
  const std::string bytes = trace_of(events, small_header(1, 40));
  const std::size_t blocks = bytes.find("]}]}") + 4;  // the header changes with every new event
  const std::string digest =
      hexadecimal(sha256(bytes.substr(blocks, bytes.size() - blocks - Sha256::size)));
  CHECK(digest == "db10dee28b596c4d608eba3adca6eaf5acaf0f96c0070c1e1ee5aa3a6a1dd863");
}

TEST_CASE("The header is read back") {
  TraceHeader header = small_header();
  header.folded = true;
  const TraceFile file(trace_of({}, header), "t");
  const TraceHeader& read = file.header();
  CHECK(read.scenario == header.scenario);
  CHECK(read.scenario_digest == header.scenario_digest);
  CHECK(read.image == header.image);
  CHECK(read.image_digest == header.image_digest);
  CHECK(read.profile == header.profile);
  CHECK(read.profile_digest == header.profile_digest);
  CHECK(read.seed == header.seed);
  CHECK(read.cpus == 4);
  CHECK(read.reference_hz == 1'000'000'000);
  CHECK(read.tsc_hz == 2'000'000'000);
  CHECK(read.apic_timer_hz == 100'000'000);
  CHECK(read.folded);
  CHECK(read.events.size() == event_count);
}

TEST_CASE("A file of a later program is read by its own declarations") {
  TraceHeader header = small_header();
  header.events = declared_events();
  const std::string bytes = trace_of({event_of(EventId::idle_enter, 1, 0, {1})});
  std::string other = bytes;
  const std::size_t at = other.find("entered");
  other.replace(at, 7, "c_state");
  const std::string digest = trace_digest(other);
  other.replace(other.size() - digest.size(), digest.size(), digest);
  CHECK(lines_of(other)[0] == "1 1.000 0 power:cpu_idle c_state=1");
}

TEST_CASE("A file that is no trace is told so in one line") {
  for (const std::string& bytes : {std::string(),
                                   std::string("\x7f"
                                               "ELF and so on"),
                                   std::string("title = \"x\"\n"), std::string("APICTRX\n")})
    CHECK(error_of(bytes) ==
          "x.trace: is not a trace of apicsim; 'apicsim run SCENARIO --trace FILE' writes one");
  CHECK(error_of("APIC") == "x.trace: is truncated: it ends within its header");
}

TEST_CASE("Another version of the format is refused by its number") {
  std::string bytes = trace_of({});
  bytes[trace_format::magic_size] = 9;
  CHECK(error_of(bytes) == "x.trace: is a trace of version 9; this program reads version 1");
}

TEST_CASE("Every truncation is noticed, and called one") {
  const std::string bytes = trace_of(random_events(500, 4));
  std::size_t noticed = 0;
  for (std::size_t size = 1; size < bytes.size(); ++size)
    noticed += starts(error_of(bytes.substr(0, size)), "x.trace: is truncated: ") ? 1 : 0;
  CHECK(noticed == bytes.size() - 1);
  CHECK(error_of(bytes + "x") == "x.trace: is damaged: something follows its end");
}

TEST_CASE("Every flipped bit is noticed") {
  const std::string bytes = trace_of(random_events(200, 4));
  std::size_t noticed = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 1 << at % 8);
    noticed += error_of(changed).empty() ? 0 : 1;
  }
  CHECK(noticed == bytes.size());
}

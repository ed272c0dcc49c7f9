#include <random>

#include "sim/observe/event_json.h"
#include "sim/observe/trace_compare.h"
#include "sim/observe/trace_error.h"
#include "tests/catch.h"
#include "tests/observe/sealed_trace.h"
#include "tests/observe/traces.h"

using namespace apicsim;
using namespace apicsim::testing;

namespace {

constexpr unsigned kMutations = 20'000;

TraceHeader full_header() {
  TraceHeader header = small_header();
  header.events = declared_events();
  return header;
}

/// The raw block of a trace that has every kind of record.
std::string example_block() {
  std::vector<Event> events = {line_of("hello", 3), line_of("world", 9)};
  for (std::uint64_t i = 0; i < 40; ++i) {
    events.push_back(event_of(EventId::ipi, 10 + i, i % 4, {0xFD, 0, i, 5}));
    events.push_back(probe_of("kmem:kfree", 10 + i, i % 4, {~i, i << 40}));
    events.push_back(event_of(EventId::dma_write, 10 + i, Event::no_cpu, {i, i, i, i}));
  }
  const std::string bytes = trace_of(events);
  const std::size_t start = trace_format::magic_size + 8 + header_json(full_header()).size();
  std::string block(1 << 20, '\0');
  uLongf size = block.size();
  const auto* const packed = reinterpret_cast<const Bytef*>(bytes.data()) + start + 8;
  REQUIRE(uncompress(reinterpret_cast<Bytef*>(block.data()), &size, packed,
                     bytes.size() - start - 8) == Z_OK);
  block.resize(size);
  return block;
}

void mutate(std::string& bytes, std::mt19937_64& random) {
  for (unsigned changes = 1 + random() % 4; changes != 0 && !bytes.empty(); --changes) {
    const std::size_t at = random() % bytes.size();
    switch (random() % 4) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ 1 << random() % 8);
        break;
      case 1:
        bytes[at] = static_cast<char>(random());
        break;
      case 2:
        bytes.erase(at, 1 + random() % 8);
        break;
      default:
        bytes.insert(at, 1 + random() % 8, static_cast<char>(random()));
    }
  }
}

/// Everything that commands do with a file; what is wrong with it must come as one TraceError.
bool readable(const std::string& bytes) {
  try {
    TraceFile file(bytes, "x.trace");
    for (TraceEvent event; file.next(event);) {
      event_line(file, event);
      event_json(file, event);
    }
    const TraceContent content{TraceFile(bytes, "x.trace")};
    compare_traces(content, content);
    return true;
  } catch (const TraceError& error) {
    const std::string what = error.what();
    CHECK(what.rfind("x.trace: ", 0) == 0);
    CHECK(what.find('\n') == std::string::npos);
    return false;
  }
}

}  // namespace

TEST_CASE("Damage behind a valid digest: any block is read or refused, never more") {
  const std::string header = header_json(full_header());
  const std::string block = example_block();
  REQUIRE(readable(sealed_trace(header, block, 122)));
  std::mt19937_64 random(3);
  unsigned refused = 0;
  for (unsigned i = 0; i < kMutations; ++i) {
    std::string changed = block;
    mutate(changed, random);
    refused += readable(sealed_trace(header, changed, 122)) ? 0 : 1;
  }
  CHECK(refused > kMutations / 4);
}

TEST_CASE("Damage behind a valid digest: any header is read or refused, never more") {
  const std::string block = example_block();
  const std::string header = header_json(full_header());
  std::mt19937_64 random(4);
  unsigned refused = 0;
  for (unsigned i = 0; i < kMutations / 10; ++i) {
    std::string changed = header;
    mutate(changed, random);
    refused += readable(sealed_trace(changed, block, 122)) ? 0 : 1;
  }
  CHECK(refused > kMutations / 40);
}

TEST_CASE("Any change to the file itself is refused") {
  const std::string bytes = sealed_trace(header_json(full_header()), example_block(), 122);
  std::mt19937_64 random(5);
  unsigned accepted = 0;
  for (unsigned i = 0; i < kMutations / 10; ++i) {
    std::string changed = bytes;
    mutate(changed, random);
    accepted += changed != bytes && readable(changed) ? 1 : 0;
  }
  CHECK(accepted == 0);
}

TEST_CASE("A number of events that is a lie is told so") {
  const std::string bytes = sealed_trace(header_json(full_header()), example_block(), 7);
  TraceFile file(bytes, "x.trace");
  TraceEvent event;
  CHECK_THROWS_WITH(([&] {
                      while (file.next(event)) {
                      }
                    }()),
                    "x.trace: damaged: the number of events is another one");
}

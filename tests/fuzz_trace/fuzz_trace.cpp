// libFuzzer on the reader of trace files. The first byte says where the others go: to the whole
// file, to a block, or to the header of a file whose digest is right.
#include <cstddef>
#include <cstdint>
#include <string>

#include "sim/observe/event_json.h"
#include "sim/observe/event_text.h"
#include "sim/observe/trace_compare.h"
#include "sim/observe/trace_error.h"
#include "tests/observe/sealed_trace.h"
#include "tests/observe/traces.h"

namespace {

using namespace apicsim;

std::string file_of(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return "";
  const std::string rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  TraceHeader header = testing::small_header();
  header.events = declared_events();
  if (data[0] % 3 == 0) return rest;
  if (data[0] % 3 == 1) return testing::sealed_trace(header_json(header), rest, 1);
  return testing::sealed_trace(rest, "", 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes = file_of(data, size);
  try {
    TraceFile file(bytes, "fuzz");
    for (TraceEvent event; file.next(event);) {
      event_line(file, event);
      event_json(file, event);
    }
    const TraceContent content{TraceFile(bytes, "fuzz")};
    compare_traces(content, content);
  } catch (const TraceError&) {
    // Refused: the right answer to most inputs.
  }
  return 0;
}

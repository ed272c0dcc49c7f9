#include <fmt/format.h>

#include <cstdio>

#include "sim/cli/commands.h"
#include "sim/cli/event_filter.h"
#include "sim/cli/exit_status.h"
#include "sim/cli/options.h"
#include "sim/observe/event_json.h"
#include "sim/observe/event_text.h"

namespace apicsim {

namespace {

namespace po = boost::program_options;

const char* const kHelp =
    R"(Shows a trace that 'apicsim run SCENARIO --trace FILE' or 'apicsim regress' wrote.

Usage: apicsim trace FILE [--cpu LIST] [--event NAME]... [--from TIME] [--to TIME]
                          [--json] [--header]

One line per event, sorted by time: cycle, nanoseconds, CPU ('-': a device or the machine), name,
fields. docs/traces.md lists the events and describes the file.

Options:
  --cpu LIST     only these CPUs: 3, 0,4-7, - (devices)
  --event NAME   only events of this name; * and ? stand for any characters; may be repeated
  --from TIME    from this cycle (407701385) or time (145.6ms) on
  --to TIME      up to and with this cycle or time
  --json         one JSON object per line
  --header       shows where the trace comes from instead of its events
  -h, --help     shows this text

Examples:
  apicsim trace events.trace --event 'irq_vectors:*' --cpu 14
  apicsim trace events.trace --event 'dma:*' --event 'exceptions:*' --json
  apicsim trace events.trace --from 145ms --to 146ms

A file that is no trace, truncated, damaged or of another version is refused with exit status 2.
)";

po::options_description option_list() {
  po::options_description options;
  const auto text = [] { return po::value<std::string>(); };
  options.add_options()("help,h", "")("cpu", text(), "")("from", text(), "")("to", text(), "")(
      "event", po::value<std::vector<std::string>>()->composing(), "")("json", "")("header", "");
  return options;
}

EventFilter make_filter(const po::variables_map& values, const TraceFile& file) {
  const std::uint64_t hz = file.header().reference_hz;
  EventFilter filter;
  if (values.count("cpu") != 0) filter.set_cpus(values["cpu"].as<std::string>());
  if (values.count("event") != 0)
    for (const std::string& name : values["event"].as<std::vector<std::string>>())
      filter.add_name(name);
  if (values.count("from") != 0)
    filter.set_from(parse_moment(values["from"].as<std::string>(), hz, "from"));
  if (values.count("to") != 0)
    filter.set_to(parse_moment(values["to"].as<std::string>(), hz, "to"));
  return filter;
}

void print_header(const TraceFile& file) {
  const TraceHeader& header = file.header();
  fmt::print("scenario  {} (sha256 {})\n", printable(header.scenario), header.scenario_digest);
  fmt::print("image     {} (sha256 {})\n", printable(header.image), header.image_digest);
  fmt::print("profile   {} (sha256 {})\n", printable(header.profile), header.profile_digest);
  if (header.seed) fmt::print("seed      {}\n", *header.seed);
  fmt::print("machine   {} CPUs; reference clock {} Hz, TSC {} Hz, APIC timer {} Hz\n", header.cpus,
             header.reference_hz, header.tsc_hz, header.apic_timer_hz);
  fmt::print("events    {}{}\n", file.events(),
             header.folded ? ", frequent probes folded by the hundred" : "");
}

}  // namespace

int command_trace(const std::vector<std::string>& arguments) {
  const auto values = parse_options("trace", arguments, option_list(), "file", 1);
  if (values.count("help") != 0) {
    fmt::print("{}", kHelp);
    return exit_ok;
  }
  if (values.count("file") == 0)
    throw UsageError("apicsim trace: which file? 'apicsim run SCENARIO --trace FILE' writes one");
  TraceFile file = TraceFile::load(values["file"].as<std::vector<std::string>>().front());
  const bool json = values.count("json") != 0;
  if (values.count("header") != 0) {
    if (json)
      fmt::print("{}\n", header_json(file.header()));
    else
      print_header(file);
    return exit_ok;
  }
  EventFilter filter = make_filter(values, file);
  for (TraceEvent event; file.next(event);) {
    if (!filter.takes(file, event)) continue;
    const std::string line = json ? event_json(file, event) : event_line(file, event);
    std::fwrite(line.data(), 1, line.size(), stdout);
    if (std::fputc('\n', stdout) == EOF) break;  // the reader went away
  }
  return exit_ok;
}

}  // namespace apicsim

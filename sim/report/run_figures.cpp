#include "sim/report/run_figures.h"

#include <nlohmann/json.hpp>

#include "models/time/cycle.h"

namespace apicsim {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kPicosecondsPerSecond = 1'000'000'000'000;

void add_measurements(const Json& list, RunFigures& run) {
  for (const Json& row : list) {
    const std::string name = row.at("row");
    const std::uint64_t count = row.at("count");
    const bool fractional = count != row.at("samples").get<std::uint64_t>();
    for (const char* statistic : {"median", "p99"})
      run.figures.push_back({FigureGroup::measurements, name, statistic, FigureUnit::picoseconds,
                             row.at(std::string(statistic) + "_ps"), fractional});
    // The guest's loop of allocations is a rate as much as a time.
    const std::uint64_t mean = row.at("mean_ps");
    if (name == "workload" && mean != 0)
      run.figures.push_back({FigureGroup::measurements, name, "operations/s",
                             FigureUnit::per_second, kPicosecondsPerSecond / mean, false});
  }
}

void add_counts(const Json& counts, FigureGroup group, const std::string& prefix, RunFigures& run) {
  for (const auto& [name, value] : counts.items())
    if (name.compare(0, prefix.size(), prefix) == 0)
      run.figures.push_back(
          {group, name.substr(prefix.size()), "", FigureUnit::count, value, false});
}

void add_count(const char* name, const Json& value, FigureGroup group, RunFigures& run) {
  run.figures.push_back({group, name, "", FigureUnit::count, value, false});
}

void add_run(const Json& json, RunFigures& run) {
  const Json& time = json.at("time");
  run.figures.push_back(
      {FigureGroup::run, "time", "", FigureUnit::nanoseconds, time.at("nanoseconds"), false});
  run.figures.push_back(
      {FigureGroup::run, "cycles", "", FigureUnit::cycles, time.at("cycles"), false});
  add_count("instructions", json.at("instructions"), FigureGroup::run, run);
  add_counts(json.at("exceptions"), FigureGroup::run, "", run);
}

void add_dma(const Json& dma, RunFigures& run) {
  for (const char* name : {"reads", "bytes_read", "writes", "bytes_written"})
    add_count(name, dma.at(name), FigureGroup::dma, run);
}

RunFigures figures_of(const Json& json) {
  if (json.at("format") != "apicsim-run" || json.at("version") != 1)
    throw ReportError("is not a report of 'apicsim run', version 1");
  RunFigures run;
  const Json& result = json.at("result");
  run.scenario = json.at("scenario").at("name");
  run.profile = json.at("scenario").at("timing_profile");
  run.outcome = result.at("outcome");
  run.exit_status = result.at("exit_status");
  const Json& expected = result.at("expected");
  const bool expects = expected.contains("outcome") || expected.contains("exit_code");
  run.as_expected = expects ? expected.at("met").get<bool>() : run.exit_status == 0;
  run.tsc_hz = json.at("time").at("tsc_hz");
  add_measurements(json.at("measurements"), run);
  add_run(json, run);
  add_counts(json.at("interrupts"), FigureGroup::interrupts, "", run);
  add_counts(json.at("ipis"), FigureGroup::messages, "", run);
  add_count("dropped", json.at("dropped_messages"), FigureGroup::messages, run);
  add_counts(json.at("probes"), FigureGroup::allocator, "slub:", run);
  add_counts(json.at("probes"), FigureGroup::allocator, "kmem:", run);
  add_dma(json.at("dma"), run);
  for (const Json& entry : json.at("assumed_latencies")) run.assumed.push_back(entry.at("name"));
  return run;
}

}  // namespace

const char* group_name(FigureGroup group) {
  switch (group) {
    case FigureGroup::measurements:
      return "measurements";
    case FigureGroup::run:
      return "run";
    case FigureGroup::interrupts:
      return "interrupts";
    case FigureGroup::messages:
      return "IPIs sent";
    case FigureGroup::allocator:
      return "allocator";
    case FigureGroup::dma:
      return "device DMA";
  }
  return "";
}

RunFigures read_run_figures(const std::string& text) {
  try {
    return figures_of(Json::parse(text));
  } catch (const Json::exception&) {
    throw ReportError("is not a complete JSON report");
  }
}

}  // namespace apicsim

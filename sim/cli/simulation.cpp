#include "sim/cli/simulation.h"

#include <memory>

#include "sim/cli/console.h"
#include "sim/cli/output_file.h"
#include "sim/inspect/elf_image.h"
#include "sim/observe/text_trace.h"
#include "sim/platform/loader.h"
#include "sim/platform/platform.h"
#include "sim/platform/pvh_start.h"
#include "sim/report/json_report.h"
#include "sim/report/summary.h"
#include "sim/report/text_report.h"
#include "sim/run/guest_observer.h"
#include "sim/run/run_control.h"
#include "sim/run/signal_watch.h"
#include "sim/scenario/scenario.h"

namespace apicsim {

namespace {

/// Cycles by which events of different CPUs may come out of order: the scheduler's lookahead and
/// the longest cost of one instruction, with room.
constexpr Cycle kTraceWindow = 1'000'000;

std::unique_ptr<OutputFile> open_output(const std::optional<std::filesystem::path>& path) {
  return path ? std::make_unique<OutputFile>(*path) : nullptr;
}

/// The files of a run: opened before it, so that a wrong name costs no time.
struct Outputs {
  explicit Outputs(const RunRequest& request)
      : json(open_output(request.json)),
        trace(open_output(request.trace)),
        console(open_output(request.console)) {}

  void commit() {
    for (OutputFile* file : {json.get(), trace.get(), console.get()})
      if (file != nullptr) file->commit();
  }

  std::unique_ptr<OutputFile> json;
  std::unique_ptr<OutputFile> trace;
  std::unique_ptr<OutputFile> console;
};

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

RunSummary run_machine(const RunRequest& request, const Scenario& scenario, const ElfImage& kernel,
                       Outputs& outputs, SignalWatch& signals) {
  const std::uint64_t hz = scenario.machine.cpu.reference_hz;
  std::unique_ptr<Progress> progress;
  if (request.progress && !request.quiet) progress = std::make_unique<Progress>(stderr, hz);
  Console console(request.quiet ? nullptr : stdout, request.colour,
                  outputs.console ? &outputs.console->stream() : nullptr, progress.get());
  EventStream events;
  std::unique_ptr<TextTrace> trace;
  if (outputs.trace) {
    trace = std::make_unique<TextTrace>(outputs.trace->stream(), hz, kTraceWindow);
    events.add(*trace);
  }
  RunControl control(signals, progress.get());
  Platform platform(scenario, {console, control, control, control}, events);
  Loader loader(platform.memory(), scenario.machine);
  start_at_pvh_entry(platform.cpus().cpu(0),
                     loader.load(kernel, scenario.command_line, scenario.workload));
  GuestObserver observer(platform.cpus(), platform.memory(), kernel, events, control);
  platform.cpus().set_observer(&observer);
  platform.fabric().set_observer(&observer);
  const RunResult result = control.run(platform.cpus(), platform.timebase(), scenario.limit);
  console.finish();
  Event end;
  end.cycle = result.cycles;
  end.values = {result.instructions};
  end.count = 1;
  if (events.listening()) events.emit(end);
  events.finish();
  return summarize(scenario, platform, observer, result);
}

}  // namespace

int simulate(const RunRequest& request) {
  const auto file = find_scenario(request.scenario, request.paths.configs);
  const Scenario scenario = load_scenario(file, request.overrides, request.paths);
  const ElfImage kernel = ElfImage::load(scenario.kernel_image);
  // From here on Ctrl-C asks for an early end, so that no half-written file is left behind.
  SignalWatch signals;
  Outputs outputs(request);
  const RunSummary summary = run_machine(request, scenario, kernel, outputs, signals);
  if (outputs.json) outputs.json->stream() << json_report(summary);
  outputs.commit();
  if (!request.quiet) print("\n");
  print(text_report(summary, request.colour));
  return summary.exit_status;
}

}  // namespace apicsim

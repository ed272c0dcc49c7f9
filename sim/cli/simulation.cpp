#include "sim/cli/simulation.h"

#include <fmt/format.h>

#include <memory>

#include "sim/cli/console.h"
#include "sim/cli/output_file.h"
#include "sim/cli/trace_output.h"
#include "sim/digest/sha256.h"
#include "sim/inspect/boot_image.h"
#include "sim/platform/boot_items.h"
#include "sim/platform/boot_start.h"
#include "sim/platform/loader.h"
#include "sim/platform/platform.h"
#include "sim/report/json_report.h"
#include "sim/report/summary.h"
#include "sim/report/text_report.h"
#include "sim/run/console_lines.h"
#include "sim/run/end_state.h"
#include "sim/run/guest_observer.h"
#include "sim/run/kernel_taint.h"
#include "sim/run/run_control.h"
#include "sim/run/signal_watch.h"
#include "sim/run/stop_places.h"
#include "sim/scenario/fingerprint.h"
#include "sim/scenario/scenario.h"

namespace apicsim {

namespace {

std::unique_ptr<OutputFile> open_output(const std::optional<std::filesystem::path>& path) {
  return path ? std::make_unique<OutputFile>(*path) : nullptr;
}

TraceHeader describe(const RunRequest& request, const Scenario& scenario, const BootImage& kernel) {
  Sha256 image;
  image.update(kernel.file().bytes().data(), kernel.file().bytes().size());
  const Fingerprint digests = fingerprint(scenario, request.overrides, request.paths);
  TraceHeader header;
  header.scenario = scenario.name;
  header.scenario_digest = digests.scenario;
  header.image = scenario.kernel_image.filename().string();
  header.image_digest = hexadecimal(image.finish());
  header.profile = scenario.profile.name;
  header.profile_digest = digests.profile;
  header.seed = scenario.seed;
  header.cpus = static_cast<std::uint32_t>(scenario.machine.cpus.size());
  header.reference_hz = scenario.machine.cpu.reference_hz;
  header.tsc_hz = scenario.machine.cpu.tsc_hz;
  header.apic_timer_hz = scenario.machine.cpu.apic_timer_hz;
  header.folded = request.golden;
  return header;
}

/// The files of a run: opened before it, so that a wrong name costs no time.
struct Outputs {
  Outputs(const RunRequest& request, const Scenario& scenario, const BootImage& kernel)
      : json(open_output(request.json)), console(open_output(request.console)) {
    if (request.trace)
      trace = std::make_unique<TraceOutput>(*request.trace, describe(request, scenario, kernel));
  }

  void commit() {
    for (OutputFile* file : {json.get(), console.get()})
      if (file != nullptr) file->commit();
    if (trace) trace->commit();
  }

  std::unique_ptr<OutputFile> json;
  std::unique_ptr<TraceOutput> trace;
  std::unique_ptr<OutputFile> console;
};

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void emit_end(Platform& platform, const RunResult& result, EventStream& events) {
  Event end;
  end.cycle = result.cycles;
  end.values = {result.instructions};
  end.count = 1;
  const std::string outcome = outcome_name(result.outcome);
  end.text = outcome.c_str();
  events.emit(end);
  emit_end_state(platform, result.cycles, events);
}

RunSummary run_machine(const RunRequest& request, const Scenario& scenario, const BootImage& kernel,
                       Outputs& outputs, SignalWatch& signals) {
  const std::uint64_t hz = scenario.machine.cpu.reference_hz;
  std::unique_ptr<Progress> progress;
  if (request.progress && !request.quiet) progress = std::make_unique<Progress>(stderr, hz);
  Console console(request.quiet ? nullptr : stdout, request.colour,
                  outputs.console ? &outputs.console->stream() : nullptr, progress.get());
  if (request.image_run) console.set_raw();
  EventStream events;
  if (outputs.trace) events.add(outputs.trace->sink());
  ConsoleLines lines(events);
  if (outputs.trace) console.set_listener(&lines);
  RunControl control(signals, progress.get());
  Platform platform(scenario, {console, control, control, control}, events);
  const BootRequest boot = boot_request(scenario);
  const BootEntry entry = Loader(platform.memory(), scenario.machine).load(kernel, boot);
  start_at_entry(platform.cpus().cpu(0), entry);
  add_boot_items(platform, kernel, boot, entry);
  GuestObserver observer(platform.cpus(), platform.memory(), kernel.file(), events, control);
  platform.cpus().set_observer(&observer);
  platform.fabric().set_observer(&observer);
  RunResult result = control.run(platform.cpus(), platform.timebase(), scenario.limit);
  // Who has waited for a hang wants to know where it is.
  const std::string places = stop_places(platform.cpus(), kernel.file());
  if (result.outcome == Outcome::limit && !places.empty()) result.reason += "; " + places;
  console.finish();
  lines.finish();
  if (events.listening()) emit_end(platform, result, events);
  events.finish();
  RunSummary summary = summarize(scenario, platform, observer, result);
  summary.taint = kernel_taint(kernel.file(), platform.memory());
  return summary;
}

Scenario load(const RunRequest& request) {
  if (request.image_run)
    return load_image_scenario(*request.image_run, request.overrides, request.paths);
  const auto file = find_scenario(request.scenario, request.paths.configs);
  return load_scenario(file, request.overrides, request.paths);
}

void print_end(const RunRequest& request, const RunSummary& summary) {
  if (!request.quiet) print("\n");
  print(text_report(summary, request.colour));
}

/// Standard output is the image's alone.
void print_image_end(const RunRequest& request, const RunSummary& summary) {
  const std::string text = request.summary
                               ? text_report(summary, false)
                               : fmt::format("apicsim: {}; exit status {}\n", summary.result.reason,
                                             summary.exit_status);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace

int simulate(const RunRequest& request) {
  Scenario scenario = load(request);
  if (request.image) scenario.kernel_image = *request.image;
  const BootImage kernel = BootImage::load(scenario.kernel_image);
  // From here on Ctrl-C asks for an early end, so that no half-written file is left behind.
  SignalWatch signals;
  Outputs outputs(request, scenario, kernel);
  const RunSummary summary = run_machine(request, scenario, kernel, outputs, signals);
  if (outputs.json) outputs.json->stream() << json_report(summary);
  outputs.commit();
  if (request.image_run)
    print_image_end(request, summary);
  else
    print_end(request, summary);
  return summary.exit_status;
}

}  // namespace apicsim

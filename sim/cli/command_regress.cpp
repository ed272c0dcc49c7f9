#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>

#include "sim/cli/commands.h"
#include "sim/cli/exit_status.h"
#include "sim/cli/locations.h"
#include "sim/cli/options.h"
#include "sim/cli/output_file.h"
#include "sim/cli/regress_job.h"
#include "sim/cli/scratch_folder.h"
#include "sim/run/signal_watch.h"

namespace apicsim {

namespace {

namespace po = boost::program_options;
namespace fs = std::filesystem;
using Status = RegressResult::Status;

constexpr auto kPollInterval = std::chrono::milliseconds(5);
constexpr int kInterrupted = 130;

const char* const kHelp =
    R"(Replays scenarios and compares them with their golden traces.

Usage: apicsim regress [SCENARIO...] [--update] [--json] [--jobs N] [--configs FOLDER]
                       [--traces FOLDER]

Without SCENARIO: all that have a golden trace in traces/. Every scenario runs with the guest image
that its golden trace was recorded with, from traces/images/. For one that differs, the first
divergence is shown with what happened before and after it on both sides; where only cycles moved,
how much each kind of event moved.

Options:
  --update          records golden traces anew, with the images in traces/images/, and says what
                    changed; a scenario that is named and has none gets one
  --json            prints the results as one JSON object
  --jobs N          simulations at a time; default: one per processor of this host
  --configs FOLDER  takes machines, timing profiles and scenarios from there
  --traces FOLDER   takes golden traces and images from there
  -h, --help        shows this text

Examples:
  apicsim regress
  apicsim regress hp-dl360p-gen8/freelist-gpf
  apicsim regress --update qemu-q35/boot

'scripts/pin-images' builds the guest images and puts them into traces/images/.

Exit status:
  0    everything is as in the golden traces, or has been recorded
  2    a scenario could not be run or compared; one line says why
  10   other events or values than in a golden trace
  11   the same events and values at other cycles
  130  interrupted (Ctrl-C)
)";

po::options_description option_list() {
  po::options_description options;
  const auto text = [] { return po::value<std::string>()->default_value(""); };
  options.add_options()("help,h", "")("update", "")("json", "")("jobs", po::value<unsigned>(), "")(
      "configs", text(), "")("traces", text(), "");
  return options;
}

/// Runs jobs side by side and shows each result in the order of the jobs.
class RegressRun {
 public:
  RegressRun(std::vector<std::unique_ptr<RegressJob>>& jobs, unsigned at_a_time, bool json)
      : m_jobs(jobs),
        m_at_a_time(at_a_time),
        m_json(json),
        m_progress(isatty(STDERR_FILENO) == 1),
        m_colour(isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr) {}

  /// False when the user did not want to wait.
  bool run() {
    SignalWatch signals;
    while (m_shown < m_jobs.size()) {
      step();
      if (signals.requested()) {
        interrupt();
        return false;
      }
      std::this_thread::sleep_for(kPollInterval);
    }
    return true;
  }

 private:
  void step() {
    std::size_t running = 0;
    for (std::size_t i = m_shown; i < m_started; ++i) running += m_jobs[i]->poll() ? 0 : 1;
    for (; m_started < m_jobs.size() && running < m_at_a_time; ++m_started) {
      m_jobs[m_started]->start();
      running += m_jobs[m_started]->poll() ? 0 : 1;
    }
    while (m_shown < m_started && m_jobs[m_shown]->poll()) show(m_jobs[m_shown++]->result());
    show_progress(running);
  }

  void interrupt() {
    hide_progress();
    for (std::size_t i = m_shown; i < m_started; ++i) m_jobs[i]->interrupt();
    for (std::size_t i = m_shown; i < m_started; ++i)
      while (!m_jobs[i]->poll()) std::this_thread::sleep_for(kPollInterval);
  }

  void show(const RegressResult& result) {
    hide_progress();
    if (m_json) return;
    fmt::print("{}", regress_text(result, m_colour));
    std::fflush(stdout);
  }

  void show_progress(std::size_t running) {
    if (!m_progress || running == m_running) return;
    m_running = running;
    fmt::print(stderr, "\r\033[K{} of {} compared, {} running", m_shown, m_jobs.size(), running);
    std::fflush(stderr);
  }

  void hide_progress() {
    if (m_progress) fmt::print(stderr, "\r\033[K");
    m_running = 0;
  }

  std::vector<std::unique_ptr<RegressJob>>& m_jobs;
  unsigned m_at_a_time;
  bool m_json;
  bool m_progress;
  bool m_colour;
  std::size_t m_started = 0;
  std::size_t m_shown = 0;
  std::size_t m_running = 0;
};

int exit_status_of(const std::vector<RegressResult>& results) {
  bool error = false, different = false, moved = false;
  for (const RegressResult& result : results) {
    error |= result.status == Status::error;
    different |= result.status == Status::different;
    moved |= result.status == Status::moved;
  }
  if (error) return exit_bad_input;
  if (different) return exit_content_differs;
  return moved ? exit_cycles_moved : exit_ok;
}

/// A scenario's name ("machine/name") and file.
using NamedFile = std::pair<std::string, fs::path>;

NamedFile find(const std::string& given, const fs::path& configs) {
  const fs::path path = find_scenario(given, configs);
  return {fs::absolute(path).parent_path().filename().string() + "/" + path.stem().string(), path};
}

std::vector<NamedFile> wanted(const po::variables_map& values, const fs::path& configs,
                              const GoldenStore& store, const fs::path& traces) {
  std::vector<NamedFile> files;
  if (values.count("scenario") == 0) {
    for (const std::string& name : store.scenarios())
      files.push_back({name, configs / (name + ".toml")});
    if (files.empty())
      throw UsageError(traces.string() +
                       ": holds no golden traces; 'apicsim regress --update SCENARIO' records one");
  } else {
    for (const std::string& given : values["scenario"].as<std::vector<std::string>>())
      files.push_back(find(given, configs));
  }
  return files;
}

unsigned jobs_at_a_time(const po::variables_map& values) {
  if (values.count("jobs") == 0) return std::max(1u, std::thread::hardware_concurrency());
  const unsigned jobs = values["jobs"].as<unsigned>();
  if (jobs == 0) throw UsageError("apicsim regress: --jobs: 0 is too few; allowed: 1..");
  return jobs;
}

}  // namespace

int command_regress(const std::vector<std::string>& arguments) {
  const auto values = parse_options("regress", arguments, option_list(), "scenario", -1);
  if (values.count("help") != 0) {
    fmt::print("{}", kHelp);
    return exit_ok;
  }
  ScenarioPaths paths = program_locations(values["configs"].as<std::string>());
  const fs::path traces = traces_folder(values["traces"].as<std::string>());
  GoldenStore store(traces);
  paths.images.insert(paths.images.begin(), store.images());
  const ScratchFolder scratch;
  const RegressJob::Setting setting{store, paths, values.count("update") != 0, scratch.path()};
  std::vector<std::unique_ptr<RegressJob>> jobs;
  for (const auto& [name, file] : wanted(values, paths.configs, store, traces))
    jobs.push_back(std::make_unique<RegressJob>(setting, name, file, jobs.size()));

  const bool json = values.count("json") != 0;
  if (!RegressRun(jobs, jobs_at_a_time(values), json).run()) return kInterrupted;
  std::vector<RegressResult> results;
  for (const auto& job : jobs) results.push_back(job->result());
  if (json) fmt::print("{}", regress_json(results));
  return exit_status_of(results);
}

}  // namespace apicsim

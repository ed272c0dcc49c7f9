#include "sim/cli/regress_job.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <fstream>
#include <sstream>

#include "sim/observe/trace_content.h"
#include "sim/observe/trace_error.h"
#include "sim/scenario/fingerprint.h"
#include "sim/scenario/scenario.h"

namespace apicsim {

namespace {

namespace fs = std::filesystem;
using Status = RegressResult::Status;

bool is_there(const fs::path& file) {
  std::error_code error;
  return fs::exists(file, error);
}

bool same_bytes(const fs::path& left, const fs::path& right) {
  std::ifstream first(left, std::ios::binary), second(right, std::ios::binary);
  return std::equal(std::istreambuf_iterator<char>(first), {},
                    std::istreambuf_iterator<char>(second), {});
}

}  // namespace

RegressJob::RegressJob(const Setting& setting, const std::string& scenario, const fs::path& file,
                       std::size_t number)
    : m_setting(setting), m_log(setting.scratch / fmt::format("{}.log", number)) {
  m_result.scenario = scenario;
  m_request.scenario = file.string();
  m_golden = setting.store.trace_of(scenario);
  // A new golden trace grows beside its place, so that it can be renamed.
  m_trace = setting.update ? m_golden.parent_path() /
                                 fmt::format("{}.new-{}", m_golden.filename().string(), getpid())
                           : setting.scratch / fmt::format("{}.trace", number);
}

RegressJob::~RegressJob() {
  m_child.reset();
  std::error_code error;
  fs::remove(m_trace, error);
}

void RegressJob::start() {
  try {
    prepare();
    m_child = std::make_unique<ChildRun>(m_request, m_log);
  } catch (const std::exception& error) {
    fail(error.what());
  }
}

void RegressJob::prepare() {
  const std::string& name = m_result.scenario;
  if (!m_setting.update && !is_there(m_golden))
    throw TraceError(
        fmt::format("has no golden trace {}; 'apicsim regress --update {}' records one",
                    m_golden.string(), name));
  m_request.paths = m_setting.paths;
  m_request.trace = m_trace;
  m_request.golden = true;
  m_request.quiet = true;
  if (!m_setting.update) return check_golden(TraceFile::load(m_golden).header());
  const Scenario scenario = load_scenario(m_request.scenario, {}, m_setting.paths);
  if (scenario.kernel_image.parent_path() != m_setting.store.images())
    throw TraceError(fmt::format("its image {} is not pinned in {}; 'scripts/pin-images' does that",
                                 scenario.kernel_image.filename().string(),
                                 m_setting.store.images().string()));
  fs::create_directories(m_golden.parent_path());
}

void RegressJob::check_golden(const TraceHeader& golden) {
  const std::string update = "'apicsim regress --update " + m_result.scenario + "'";
  m_request.image = m_setting.store.image_of(golden, m_result.scenario);
  const Scenario scenario = load_scenario(m_request.scenario, {}, m_setting.paths);
  const Fingerprint now = fingerprint(scenario, {}, m_setting.paths);
  if (golden.profile != scenario.profile.name)
    throw TraceError(fmt::format(
        "{}: was recorded with timing profile '{}', the scenario has '{}'; {} records it anew",
        m_golden.string(), golden.profile, scenario.profile.name, update));
  if (golden.scenario != scenario.name || golden.scenario_digest != now.scenario)
    throw TraceError(fmt::format(
        "{}: was recorded from another scenario: {}, its workload or its machine has changed; {} "
        "records it anew",
        m_golden.string(), m_request.scenario, update));
  if (golden.profile_digest != now.profile)
    m_result.notes.push_back(
        fmt::format("timing profile '{}' has other values than the golden trace was recorded with",
                    golden.profile));
}

bool RegressJob::poll() {
  if (m_done || !m_child) return m_done;
  if (const auto status = m_child->ended()) finish(*status);
  return m_done;
}

void RegressJob::interrupt() const {
  if (m_child) m_child->interrupt();
}

void RegressJob::finish(int status) {
  m_done = true;
  try {
    if (!is_there(m_trace))
      return fail(
          fmt::format("the run left no trace (exit status {}): {}", status, m_child->last_line()));
    if (m_setting.update)
      record();
    else
      compare();
  } catch (const std::exception& error) {
    fail(error.what());
  }
}

void RegressJob::compare() {
  const TraceContent golden = TraceContent::load(m_golden);
  const TraceContent run = TraceContent::load(m_trace);
  m_result.events = run.events.size();
  m_result.comparison = compare_traces(golden, run);
  switch (m_result.comparison.result) {
    case TraceComparison::Result::same:
      m_result.status = Status::same;
      break;
    case TraceComparison::Result::moved:
      m_result.status = Status::moved;
      break;
    case TraceComparison::Result::different:
      m_result.status = Status::different;
      break;
  }
  add_context(golden, run, m_result);
}

void RegressJob::record() {
  const TraceContent run = TraceContent::load(m_trace);
  m_result.events = run.events.size();
  m_result.status = is_there(m_golden) ? Status::updated : Status::recorded;
  if (m_result.status == Status::updated && same_bytes(m_golden, m_trace)) {
    m_result.status = Status::same;
    return;
  }
  if (m_result.status == Status::updated) {
    try {
      const TraceContent old = TraceContent::load(m_golden);
      note_changes(old.file.header(), run.file.header());
      m_result.comparison = compare_traces(old, run);
      add_context(old, run, m_result);
    } catch (const TraceError& error) {
      m_result.notes.push_back(std::string("the old one could not be compared: ") + error.what());
    }
  }
  fs::rename(m_trace, m_golden);
}

void RegressJob::note_changes(const TraceHeader& old, const TraceHeader& now) {
  if (old.image_digest != now.image_digest)
    m_result.notes.push_back(
        fmt::format("another image: {} (sha256 {:.16}...)", now.image, now.image_digest));
  if (old.scenario_digest != now.scenario_digest)
    m_result.notes.push_back("another scenario, workload or machine");
  if (old.profile != now.profile || old.profile_digest != now.profile_digest)
    m_result.notes.push_back(
        fmt::format("another timing profile, or other values: {}", now.profile));
}

void RegressJob::fail(const std::string& message) {
  m_done = true;
  m_result.status = Status::error;
  m_result.message = message;
}

}  // namespace apicsim

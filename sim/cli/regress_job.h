#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "sim/cli/child_run.h"
#include "sim/cli/golden_store.h"
#include "sim/report/regress_report.h"
#include "sim/scenario/scenario_paths.h"

namespace apicsim {

/// One scenario of `apicsim regress`: checks what it needs, runs it, compares or records.
class RegressJob {
 public:
  struct Setting {
    GoldenStore& store;
    ScenarioPaths paths;  ///< images: the pinned ones first
    bool update = false;
    std::filesystem::path scratch;  ///< folder for files that nobody keeps
  };

  /// `scenario`: "machine/name"; `file`: where it is; `number`: of the job, from 0.
  RegressJob(const Setting& setting, const std::string& scenario, const std::filesystem::path& file,
             std::size_t number);
  /// Removes what is left of a run.
  ~RegressJob();
  RegressJob(const RegressJob&) = delete;
  RegressJob& operator=(const RegressJob&) = delete;

  /// Begins to simulate, or ends at once with an error.
  void start();
  /// True once result() is there.
  bool poll();
  void interrupt() const;
  const RegressResult& result() const { return m_result; }
  const std::string& scenario() const { return m_result.scenario; }

 private:
  void prepare();
  void check_golden(const TraceHeader& golden);
  void finish(int status);
  void compare();
  void record();
  void note_changes(const TraceHeader& old, const TraceHeader& now);
  void fail(const std::string& message);

  const Setting& m_setting;
  std::filesystem::path m_golden;
  std::filesystem::path m_trace;  ///< of the run
  std::filesystem::path m_log;
  RunRequest m_request;
  std::unique_ptr<ChildRun> m_child;
  RegressResult m_result;
  bool m_done = false;
};

}  // namespace apicsim

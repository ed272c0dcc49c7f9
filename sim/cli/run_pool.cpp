#include "sim/cli/run_pool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

#include "sim/cli/scratch_folder.h"

namespace apicsim {

namespace {

volatile sig_atomic_t signal_seen = 0;

void note_signal(int) { signal_seen = 1; }

/// While it lives SIGINT and SIGTERM interrupt waiting instead of ending the program.
class SignalNote {
 public:
  SignalNote() {
    signal_seen = 0;
    struct sigaction action = {};
    action.sa_handler = note_signal;
    sigaction(SIGINT, &action, &m_interrupt);
    sigaction(SIGTERM, &action, &m_terminate);
  }
  ~SignalNote() {
    sigaction(SIGINT, &m_interrupt, nullptr);
    sigaction(SIGTERM, &m_terminate, nullptr);
  }
  SignalNote(const SignalNote&) = delete;
  SignalNote& operator=(const SignalNote&) = delete;

  bool seen() const { return signal_seen != 0; }

 private:
  struct sigaction m_interrupt = {}, m_terminate = {};
};

/// Where a run leaves its report and its errors.
std::string file_in(const ScratchFolder& folder, std::size_t number, const char* kind) {
  return (folder.path() / fmt::format("{}.{}", number, kind)).string();
}

std::string read_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// In the new process.
[[noreturn]] void execute(const std::vector<std::string>& arguments, const std::string& errors) {
  const int output = open("/dev/null", O_WRONLY);
  const int error = open(errors.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (output < 0 || error < 0) _exit(127);
  dup2(output, STDOUT_FILENO);
  dup2(error, STDERR_FILENO);
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  execv("/proc/self/exe", argv.data());
  _exit(127);
}

/// The processes of one call.
class Pool {
 public:
  Pool(std::vector<PooledRun>& runs, bool progress) : m_runs(runs), m_progress(progress) {}
  /// After an error nothing of this call runs on.
  ~Pool() {
    for (const auto& [pid, number] : m_running) {
      kill(pid, SIGKILL);
      waitpid(pid, nullptr, 0);
    }
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  void run(std::size_t jobs) {
    const SignalNote signals;
    while (m_done < m_runs.size()) {
      while (m_next < m_runs.size() && m_running.size() < jobs && !signals.seen()) start();
      show();
      if (m_running.empty()) break;
      wait(signals.seen());
    }
    hide();
    if (signals.seen()) throw RunPoolInterrupted();
  }

 private:
  void start() {
    const std::size_t number = m_next++;
    std::vector<std::string> arguments = {"apicsim", "run"};
    const auto& given = m_runs[number].arguments;
    arguments.insert(arguments.end(), given.begin(), given.end());
    arguments.insert(arguments.end(), {"--quiet", "--json", file_in(m_folder, number, "json")});
    const std::string errors = file_in(m_folder, number, "errors");
    const pid_t pid = fork();
    if (pid == 0) execute(arguments, errors);
    if (pid < 0) throw std::runtime_error("cannot start a process");
    m_running[pid] = number;
  }

  void wait(bool stopping) {
    // A run ends in order and writes its report when it is interrupted.
    if (stopping)
      for (const auto& [pid, number] : m_running) kill(pid, SIGINT);
    int status = 0;
    const pid_t pid = waitpid(-1, &status, 0);
    if (pid < 0 && errno != EINTR) throw std::runtime_error("lost a process");
    const auto found = m_running.find(pid);
    if (found == m_running.end()) return;
    PooledRun& run = m_runs[found->second];
    run.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    run.report = read_file(file_in(m_folder, found->second, "json"));
    run.errors = read_file(file_in(m_folder, found->second, "errors"));
    m_running.erase(found);
    ++m_done;
  }

  void show() const {
    if (!m_progress) return;
    fmt::print(stderr, "\r\033[K{} of {} runs done", m_done, m_runs.size());
    std::fflush(stderr);
  }

  void hide() const {
    if (m_progress) fmt::print(stderr, "\r\033[K");
  }

  std::vector<PooledRun>& m_runs;
  bool m_progress;
  ScratchFolder m_folder;
  std::map<pid_t, std::size_t> m_running;
  std::size_t m_next = 0;
  std::size_t m_done = 0;
};

}  // namespace

void run_pool(std::vector<PooledRun>& runs, std::size_t jobs, bool progress) {
  Pool(runs, progress).run(jobs == 0 ? 1 : jobs);
}

}  // namespace apicsim

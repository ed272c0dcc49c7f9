#include "sim/cli/child_run.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <stdexcept>

#include "sim/cli/commands.h"

namespace apicsim {

namespace {

[[noreturn]] void run_in_child(const RunRequest& request, const std::filesystem::path& log) {
  const int file = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (file >= 0) {
    dup2(file, STDOUT_FILENO);
    dup2(file, STDERR_FILENO);
  }
  const int status = report_errors([&request] { return simulate(request); });
  std::fflush(nullptr);
  _exit(status);
}

}  // namespace

ChildRun::ChildRun(const RunRequest& request, const std::filesystem::path& log) : m_log(log) {
  std::fflush(nullptr);  // what is not written yet would be written twice
  m_pid = fork();
  if (m_pid == 0) run_in_child(request, log);
  if (m_pid < 0) throw std::runtime_error("no further process can be started");
}

ChildRun::~ChildRun() {
  if (m_pid <= 0) return;
  kill(m_pid, SIGKILL);
  waitpid(m_pid, nullptr, 0);
}

std::optional<int> ChildRun::ended() {
  int status = 0;
  if (m_pid <= 0 || waitpid(m_pid, &status, WNOHANG) != m_pid) return std::nullopt;
  m_pid = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void ChildRun::interrupt() const {
  if (m_pid > 0) kill(m_pid, SIGINT);
}

std::string ChildRun::last_line() const {
  std::ifstream stream(m_log);
  std::string last;
  for (std::string line; std::getline(stream, line);)
    if (!line.empty()) last = line;
  return last;
}

}  // namespace apicsim

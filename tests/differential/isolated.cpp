#include "tests/differential/isolated.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

namespace apicsim::differential {
namespace {
constexpr std::size_t shared_size = sizeof(Outcome) * max_batch + sizeof(std::size_t);
constexpr unsigned seconds_per_case = 2;

/// The test program's handlers and its standard error are not for what happens in the child.
void reset_process() {
  for (int signal : {SIGABRT, SIGSEGV, SIGFPE, SIGILL, SIGTERM, SIGALRM}) ::signal(signal, SIG_DFL);
  const int nowhere = open("/dev/null", O_WRONLY);
  if (nowhere >= 0) dup2(nowhere, STDERR_FILENO);
}

}  // namespace

IsolatedRunner::IsolatedRunner() {
  void* mapped =
      mmap(nullptr, shared_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) throw std::runtime_error("no shared memory");
  m_outcomes = static_cast<Outcome*>(mapped);
  m_current = reinterpret_cast<std::size_t*>(m_outcomes + max_batch);
}

IsolatedRunner::~IsolatedRunner() { munmap(m_outcomes, shared_size); }

void IsolatedRunner::run(std::size_t count, std::vector<Outcome>& outcomes,
                         const std::function<void(const Work&)>& work) {
  for (std::size_t i = 0; i < count; ++i) m_outcomes[i] = Outcome();
  for (std::size_t next = 0; next < count;) next = run_from(next, count, work);
  outcomes.assign(m_outcomes, m_outcomes + count);
}

/// Returns the first case that is still to be run.
std::size_t IsolatedRunner::run_from(std::size_t first, std::size_t count,
                                     const std::function<void(const Work&)>& work) {
  *m_current = first;
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) {
    reset_process();
    const auto begin = [this](std::size_t index) {
      *m_current = index;
      alarm(seconds_per_case);  // its signal ends the child
    };
    work(Work{first, m_outcomes, begin});
    *m_current = count;
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == setup_failed)
    throw std::runtime_error("an engine cannot work here");
  if (*m_current == count) return count;
  m_outcomes[*m_current] = Outcome();
  return *m_current + 1;
}

}  // namespace apicsim::differential

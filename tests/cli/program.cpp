#include "tests/cli/program.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

namespace apicsim::testing {

namespace {

/// An open file without a name.
int anonymous_file() {
  char name[] = "/tmp/apicsim-output-XXXXXX";
  const int file = mkstemp(name);
  if (file < 0) throw std::runtime_error("no temporary file");
  unlink(name);
  return file;
}

std::string read_all(int file) {
  std::string text;
  char buffer[4096];
  for (off_t at = 0;;) {
    const ssize_t size = pread(file, buffer, sizeof buffer, at);
    if (size <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(size));
    at += size;
  }
}

[[noreturn]] void execute(const std::vector<std::string>& arguments, int output, int errors) {
  dup2(output, STDOUT_FILENO);
  dup2(errors, STDERR_FILENO);
  unsetenv("APICSIM_CONFIGS");
  std::vector<char*> argv = {const_cast<char*>(APICSIM_PROGRAM)};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  execv(APICSIM_PROGRAM, argv.data());
  _exit(127);
}

}  // namespace

Program::Program(const std::vector<std::string>& arguments)
    : m_output(anonymous_file()), m_errors(anonymous_file()) {
  m_pid = fork();
  if (m_pid == 0) execute(arguments, m_output, m_errors);
  if (m_pid < 0) throw std::runtime_error("cannot fork");
}

Program::~Program() {
  if (m_pid > 0) {
    kill(m_pid, SIGKILL);
    waitpid(m_pid, nullptr, 0);
  }
  close(m_output);
  close(m_errors);
}

void Program::signal(int number) const { kill(m_pid, number); }

std::string Program::output() const { return read_all(m_output); }

ProgramResult Program::wait() {
  int status = 0;
  waitpid(m_pid, &status, 0);
  m_pid = -1;
  ProgramResult result;
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.output = read_all(m_output);
  result.errors = read_all(m_errors);
  return result;
}

}  // namespace apicsim::testing

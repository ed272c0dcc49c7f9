// Runs programs on the host's own processor, in a child process. A program starts by way of a UD2
// whose signal handler puts the initial registers into the interrupted context, and ends in the
// handler of whatever exception it raises, which puts the saved context back.

#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <cstring>

#include "tests/differential/engine.h"
#include "tests/differential/forms.h"
#include "tests/differential/isolated.h"

namespace apicsim::differential {
namespace {

/// In the order of the encoding.
constexpr int greg_order[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
                                REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                REG_R12, REG_R13, REG_R14, REG_R15};

/// What the signal handler works on; a handler has no other way to its data.
struct Running {
  const Case* program = nullptr;
  Outcome* outcome = nullptr;
  gregset_t saved{};
};
Running running;

void start(greg_t* registers) {
  std::memcpy(running.saved, registers, sizeof running.saved);
  running.saved[REG_RIP] += 2;  // behind the UD2
  const Program& program = running.program->program;
  for (unsigned i = 0; i < 16; ++i)
    registers[greg_order[i]] = static_cast<greg_t>(program.registers[i]);
  registers[REG_RIP] = static_cast<greg_t>(running.program->base);
  registers[REG_EFL] = program.flags | IF | 2;
  running.program = nullptr;
}

void finish(greg_t* registers, const siginfo_t& info) {
  Outcome& outcome = *running.outcome;
  for (unsigned i = 0; i < 16; ++i)
    outcome.registers[i] = static_cast<std::uint64_t>(registers[greg_order[i]]);
  outcome.vector = static_cast<std::uint32_t>(registers[REG_TRAPNO]);
  outcome.error_code = static_cast<std::uint32_t>(registers[REG_ERR]);
  outcome.rip = static_cast<std::uint64_t>(registers[REG_RIP]) - (outcome.vector == breakpoint);
  outcome.flags = static_cast<std::uint32_t>(registers[REG_EFL]);
  outcome.address = outcome.vector == 14 ? reinterpret_cast<std::uintptr_t>(info.si_addr) : 0;
  std::memcpy(registers, running.saved, sizeof running.saved);
}

void handle(int, siginfo_t* info, void* context) {
  greg_t* registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  if (running.program != nullptr)
    start(registers);
  else
    finish(registers, *info);
}

void* map(std::uint64_t at, std::size_t size, int protection) {
  const int fixed = at != 0 ? MAP_FIXED_NOREPLACE : 0;
  void* mapped = mmap(reinterpret_cast<void*>(at), size, protection,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE | fixed, -1, 0);
  if (mapped == MAP_FAILED) _exit(IsolatedRunner::setup_failed);
  return mapped;
}

void install_handler() {
  constexpr std::size_t stack_size = 1 << 16;
  stack_t stack{};
  stack.ss_sp = map(0, stack_size, PROT_READ | PROT_WRITE);
  stack.ss_size = stack_size;
  sigaltstack(&stack, nullptr);
  struct sigaction action {};
  action.sa_sigaction = handle;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  for (int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP}) sigaction(signal, &action, nullptr);
}

void run_cases(const std::vector<Case>& cases, const IsolatedRunner::Work& work) {
  constexpr std::size_t code_size = std::size_t{slot_size} * max_batch;
  void* code = map(code_base, code_size, PROT_READ | PROT_WRITE);
  auto* data = static_cast<std::uint8_t*>(map(data_base, data_size, PROT_READ | PROT_WRITE));
  for (const Case& c : cases)
    std::memcpy(reinterpret_cast<void*>(c.base), c.code.data(), c.code.size());
  mprotect(code, code_size, PROT_READ | PROT_EXEC);
  install_handler();
  for (std::size_t i = work.first; i < cases.size(); ++i) {
    work.begin(i);
    fill_data(cases[i].program.data_seed, data);
    running.outcome = &work.outcomes[i];
    running.program = &cases[i];
    asm volatile("ud2" ::: "memory");
    std::memcpy(work.outcomes[i].data, data, data_size);
  }
}

class HostEngine final : public Engine {
 public:
  const char* name() const override { return "host CPU"; }

  void run(const std::vector<Case>& cases, std::vector<Outcome>& outcomes) override {
    m_runner.run(cases.size(), outcomes,
                 [&](const IsolatedRunner::Work& work) { run_cases(cases, work); });
  }

 private:
  IsolatedRunner m_runner;
};

}  // namespace

std::unique_ptr<Engine> make_host_engine() { return std::make_unique<HostEngine>(); }

}  // namespace apicsim::differential

#include <unicorn/unicorn.h>

#include <stdexcept>
#include <string>

#include "tests/differential/engine.h"
#include "tests/differential/forms.h"
#include "tests/differential/isolated.h"

namespace apicsim::differential {
namespace {

constexpr int registers_in_order[18] = {
    UC_X86_REG_RAX, UC_X86_REG_RCX, UC_X86_REG_RDX,   UC_X86_REG_RBX, UC_X86_REG_RSP,
    UC_X86_REG_RBP, UC_X86_REG_RSI, UC_X86_REG_RDI,   UC_X86_REG_R8,  UC_X86_REG_R9,
    UC_X86_REG_R10, UC_X86_REG_R11, UC_X86_REG_R12,   UC_X86_REG_R13, UC_X86_REG_R14,
    UC_X86_REG_R15, UC_X86_REG_RIP, UC_X86_REG_EFLAGS};

void check(uc_err error, const char* what) {
  if (error != UC_ERR_OK) throw std::runtime_error(std::string(what) + ": " + uc_strerror(error));
}

/// Set by the hooks while a program runs.
struct Exception {
  std::uint32_t vector = breakpoint;
};

void on_interrupt(uc_engine* engine, std::uint32_t number, void* data) {
  static_cast<Exception*>(data)->vector = number;
  uc_emu_stop(engine);
}

/// One engine per batch: its translations of the previous batch's code would be stale.
class Session {
 public:
  explicit Session(const std::vector<Case>& cases) {
    check(uc_open(UC_ARCH_X86, UC_MODE_64, &m_engine), "uc_open");
    check(uc_mem_map(m_engine, code_base, std::size_t{slot_size} * max_batch,
                     UC_PROT_READ | UC_PROT_EXEC),
          "code");
    check(uc_mem_map(m_engine, data_base, data_size, UC_PROT_READ | UC_PROT_WRITE), "data");
    for (const Case& c : cases)
      check(uc_mem_write(m_engine, c.base, c.code.data(), c.code.size()), "code");
    uc_hook hook;
    check(uc_hook_add(m_engine, &hook, UC_HOOK_INTR, reinterpret_cast<void*>(on_interrupt),
                      &m_exception, 1, 0),
          "hook");
  }
  ~Session() { uc_close(m_engine); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void run(const Case& c, Outcome& outcome) {
    std::uint8_t data[data_size];
    fill_data(c.program.data_seed, data);
    check(uc_mem_write(m_engine, data_base, data, data_size), "data");
    write_registers(c);
    m_exception = Exception();
    const uc_err error = uc_emu_start(m_engine, c.base, c.end(), 0, 0);
    read_registers(outcome);
    outcome.vector =
        error == UC_ERR_OK && m_exception.vector == breakpoint && outcome.rip == c.end()
            ? breakpoint
            : not_comparable;
    check(uc_mem_read(m_engine, data_base, outcome.data, data_size), "data");
  }

 private:
  void write_registers(const Case& c) {
    for (unsigned i = 0; i < 16; ++i)
      uc_reg_write(m_engine, registers_in_order[i], &c.program.registers[i]);
    const std::uint64_t flags = c.program.flags | IF | 2;
    uc_reg_write(m_engine, UC_X86_REG_EFLAGS, &flags);
  }

  void read_registers(Outcome& outcome) {
    for (unsigned i = 0; i < 16; ++i)
      uc_reg_read(m_engine, registers_in_order[i], &outcome.registers[i]);
    uc_reg_read(m_engine, UC_X86_REG_RIP, &outcome.rip);
    std::uint64_t flags = 0;
    uc_reg_read(m_engine, UC_X86_REG_EFLAGS, &flags);
    outcome.flags = static_cast<std::uint32_t>(flags);
  }

  uc_engine* m_engine = nullptr;
  Exception m_exception;
};

/// In a child process: Unicorn aborts on some programs.
class UnicornEngine final : public Engine {
 public:
  const char* name() const override { return "Unicorn"; }

  void run(const std::vector<Case>& cases, std::vector<Outcome>& outcomes) override {
    m_runner.run(cases.size(), outcomes, [&](const IsolatedRunner::Work& work) {
      Session session(cases);
      for (std::size_t i = work.first; i < cases.size(); ++i) {
        work.begin(i);
        session.run(cases[i], work.outcomes[i]);
      }
    });
    for (Outcome& outcome : outcomes)
      if (outcome.vector == did_not_end) outcome.vector = not_comparable;
  }

 private:
  IsolatedRunner m_runner;
};

}  // namespace

std::unique_ptr<Engine> make_unicorn_engine() { return std::make_unique<UnicornEngine>(); }

}  // namespace apicsim::differential

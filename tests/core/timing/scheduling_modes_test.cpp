// What fast scheduling may get wrong, against exact scheduling: when interrupts are taken, in which
// order a lock is, and how long all of it takes (design §4, CPU scheduling).
#include <algorithm>

#include "tests/catch.h"
#include "tests/core/timing/apart.h"
#include "tests/core/timing/timed_machine.h"

using namespace apicsim;

namespace {

struct Mode {
  Scheduling scheduling;
  Cycle lookahead;
};
constexpr Mode exact = {Scheduling::exact, 40}, fast = {Scheduling::fast, 1'500},
               faster = {Scheduling::fast, 15'000};

BareMachine::Adjust in(const Mode& mode) {
  return [mode](CpuComplexConfig& config) {
    config.scheduling = mode.scheduling;
    config.lookahead = mode.lookahead;
  };
}

/// Largest delay between acceptance and delivery of an interrupt.
struct Lateness final : CoreObserver {
  void probe(u32, Cycle, u32) override {}
  void interrupt(u32, Cycle cycle, u8, Cycle accepted) override {
    taken = true;
    late = std::max(late, cycle - accepted);
  }
  void exception(u32, Cycle, u8, u32, u64) override {}
  void idle(u32, Cycle, bool) override {}

  bool taken = false;
  Cycle late = 0;
};

/// CPU 0 counts down and sends an IPI with WRMSR to the x2APIC's ICR; the others count on.
Code send_and_count() {
  Code code;
  const std::size_t start = code.size();
  code.loop_to(start)
      .add({0xB9, 0x30, 0x08, 0x00, 0x00})  // mov $0x830, %ecx
      .add({0xB8, 0x40, 0x00, 0x00, 0x00})  // mov $0x40, %eax
      .add({0xBA, 0x01, 0x00, 0x00, 0x00})  // mov $1, %edx
      .add({0x0F, 0x30})                    // wrmsr
      .halt();
  return code;
}

Cycle ipi_lateness(const Mode& mode) {
  const auto result = run_apart([mode] {
    Lateness observer;
    TimedMachine machine(2, in(mode));
    machine.complex().set_observer(&observer);
    machine.loops = 10'000;
    machine.prepare(send_and_count());
    machine.cpu(1).registers[1] = 1'000'000;
    for (u32 i = 0; i < 2; ++i) {
      machine.cpu(i).set_flags(rflags::interrupt);
      machine.cpu(i).apic().write_page(0xF0, 4, 0x1FF, 0);
      machine.cpu(i).apic().write_apic_base(machine.cpu(i).apic().apic_base() | 0xC00, 0);
    }
    sc_core::sc_start();
    return std::vector<u64>{observer.taken, observer.late};
  });
  REQUIRE(result.size() == 2);
  REQUIRE(result[0] == 1);
  return result[1];
}

/// Under a lock, each CPU appends its time to a log, `loops` times.
Code log_under_lock() {
  Code code;
  code.add({0xBF, 0x00, 0x00, 0x20, 0x00});  // mov $0x200000, %edi
  const std::size_t start = code.size();
  code.add({0x31, 0xC0, 0xBE, 0x01, 0x00, 0x00, 0x00})        // xor %eax, %eax; mov $1, %esi
      .add({0xF0, 0x48, 0x0F, 0xB1, 0x37})                    // lock cmpxchg %rsi, (%rdi)
      .add({0x74, 0x04, 0xF3, 0x90, 0xEB, 0xEE})              // je +4; pause; jmp start
      .add({0x0F, 0xAE, 0xE8, 0x0F, 0x31, 0x0F, 0xAE, 0xE8})  // lfence; rdtsc; lfence
      .add({0x48, 0xC1, 0xE2, 0x20, 0x48, 0x09, 0xD0})        // shl $32, %rdx; or %rdx, %rax
      .add({0x48, 0x8B, 0x5F, 0x40})                          // mov 0x40(%rdi), %rbx
      .add({0x48, 0x89, 0x84, 0xDF, 0x00, 0x10, 0x00, 0x00})  // mov %rax, 0x1000(%rdi,%rbx,8)
      .add({0x48, 0xFF, 0xC3, 0x48, 0x89, 0x5F, 0x40})        // inc %rbx; mov %rbx, 0x40(%rdi)
      .add({0x48, 0xC7, 0x07, 0x00, 0x00, 0x00, 0x00});       // movq $0, (%rdi)
  return code.loop_to(start).halt();
}

struct LockRun {
  Cycle back = 0;  ///< most by which a later owner's time lies before an earlier one's
  Cycle end = 0;   ///< all CPUs are done
};

LockRun take_turns(const Mode& mode, u64 each) {
  constexpr u32 cpus = 4;
  const auto result = run_apart([mode, each] {
    TimedMachine machine(cpus, in(mode));
    machine.loops = each;
    machine.prepare(log_under_lock());
    sc_core::sc_start();
    Cycle back = 0, latest = 0;
    for (u64 i = 0; i < cpus * each; ++i) {
      const Cycle at = machine.ram().read_value<u64>(TimedMachine::data_at + 0x1000 + 8 * i);
      if (at < latest) back = std::max(back, latest - at);
      latest = std::max(latest, at);
    }
    return std::vector<u64>{machine.ram().read_value<u64>(TimedMachine::data_at + 0x40), back,
                            machine.complex().now()};
  });
  REQUIRE(result.size() == 3);
  REQUIRE(result[0] == cpus * each);
  return {result[1], result[2]};
}

/// Work of its own, with a store to a line that all share after every 2000 multiplications.
Code mostly_alone() {
  Code code;
  code.add({0xBA, 0x00, 0x00, 0x20, 0x00});  // mov $0x200000, %edx
  const std::size_t start = code.size();
  code.repeat(2'000, {0x48, 0x0F, 0xAF, 0xDB}).add({0xF0, 0x48, 0xFF, 0x02});  // lock incq (%rdx)
  return code.loop_to(start).halt();
}

Cycle work_mostly_alone(const Mode& mode) {
  const auto result = run_apart([mode] {
    TimedMachine machine(4, in(mode));
    machine.loops = 100;
    machine.prepare(mostly_alone());
    sc_core::sc_start();
    return std::vector<u64>{machine.complex().now()};
  });
  REQUIRE(result.size() == 1);
  return result[0];
}

}  // namespace

TEST_CASE("An IPI to a running CPU is taken at its boundary if scheduling is exact (design §4)") {
  // On the bare machine an IPI takes one cycle, so that is all that CPUs may be apart.
  CHECK(ipi_lateness({Scheduling::exact, 1}) <= 2);
}

TEST_CASE("An IPI to a running CPU is taken no later than the lookahead if scheduling is fast") {
  CHECK(ipi_lateness(fast) <= fast.lookahead + 2);
  CHECK(ipi_lateness(faster) <= faster.lookahead + 2);
}

TEST_CASE("In the order in which a lock is taken, time goes back by less than the lookahead") {
  CHECK(take_turns(exact, 200).back <= exact.lookahead);
  CHECK(take_turns(fast, 200).back <= fast.lookahead);
}

TEST_CASE("CPUs that rarely meet take as long with fast scheduling as with exact, to 2 percent") {
  const Cycle expected = work_mostly_alone(exact);
  for (const Mode& mode : {fast, faster}) {
    const Cycle end = work_mostly_alone(mode);
    CHECK(end > expected * 98 / 100);
    CHECK(end < expected * 102 / 100);
  }
}

// Interrupts, several CPUs, and the order in which they reach what they share.
#include <algorithm>

#include "tests/catch.h"
#include "tests/core/timing/apart.h"
#include "tests/core/timing/timed_machine.h"

using namespace apicsim;

namespace {

constexpr std::initializer_list<u8> multiply = {0x48, 0x0F, 0xAF, 0xDB};  // imul %rbx, %rbx

/// 20000 dependent multiplications of 3 cycles.
Code chain() {
  Code code;
  code.add({0x31, 0xC9, 0xB9, 0xC8, 0x00, 0x00, 0x00});  // mov $200, %ecx
  const std::size_t start = code.size();
  code.repeat(100, multiply).loop_to(start).halt();
  return code;
}

/// lock incq of a place that all share, `loops` times.
Code contended() {
  Code code;
  code.add({0xBA, 0x00, 0x00, 0x20, 0x00});  // mov $0x200000, %edx
  const std::size_t start = code.size();
  code.add({0xF0, 0x48, 0xFF, 0x02}).loop_to(start).halt();
  return code;
}

/// Latest local time after `cpus` CPUs have counted.
Cycle count_together(TimedMachine& machine, u64 each) {
  machine.loops = each;
  machine.prepare(contended());
  sc_core::sc_start();
  Cycle last = 0;
  for (u32 i = 0; i < machine.complex().count(); ++i) last = std::max(last, machine.cpu(i).cycle);
  return last;
}

}  // namespace

TEST_CASE(
    "In timed execution, too, an interrupt is taken at the first boundary after its arrival") {
  EventRecorder recorder;
  TimedMachine machine;
  machine.complex().set_observer(&recorder);
  machine.prepare(chain());
  machine.interrupt(10'000);
  sc_core::sc_start();
  // An instruction retires every third cycle.
  CHECK(recorder.interrupt_at >= 10'000);
  CHECK(recorder.interrupt_at <= 10'002);
  CHECK(machine.interrupted_rip() > TimedMachine::code_at);
}

TEST_CASE("An interrupt that arrives a cycle too late for a boundary is taken at the next one") {
  const auto taken = [](Cycle arrival) {
    const auto result = run_apart([arrival] {
      EventRecorder recorder;
      TimedMachine machine;
      machine.complex().set_observer(&recorder);
      machine.prepare(chain());
      machine.interrupt(arrival);
      sc_core::sc_start();
      return std::vector<u64>{recorder.interrupt_at};
    });
    return result.empty() ? 0 : result[0];
  };
  const Cycle boundary = taken(12'000);
  CHECK(taken(boundary) == boundary);
  CHECK(taken(boundary + 1) == boundary + 3);
  CHECK(taken(boundary + 3) == boundary + 3);
}

TEST_CASE("A count without LOCK in a line that other CPUs read all the time loses nothing") {
  constexpr u64 each = 300, reader_at = TimedMachine::code_at + 0x800;
  TimedMachine machine(4);
  machine.loops = each;
  Code counter, reader;
  const std::size_t start = counter.size();
  counter.repeat(40, multiply).add({0x48, 0xFF, 0x02}).loop_to(start).halt();  // incq (%rdx)
  const std::size_t again = reader.size();
  reader.add({0x48, 0x8B, 0x02}).loop_to(again).halt();  // mov (%rdx), %rax
  machine.prepare(counter);
  machine.load(reader_at, reader.bytes());
  machine.complex().code_written(reader_at, reader.size());
  for (u32 i = 0; i < 4; ++i) {
    machine.cpu(i).registers[2] = TimedMachine::data_at + 8 * i;
    if (i % 2 == 0) continue;
    machine.cpu(i).rip = reader_at;
    machine.cpu(i).registers[1] = 100 * each;
  }
  sc_core::sc_start();
  CHECK(machine.ram().read_value<u64>(TimedMachine::data_at) == each);
  CHECK(machine.ram().read_value<u64>(TimedMachine::data_at + 16) == each);
}

TEST_CASE("Two simulations of the same machine agree in every cycle") {
  const auto run = [] {
    return run_apart([] {
      TimedMachine machine(4);
      count_together(machine, 200);
      std::vector<u64> result;
      for (u32 i = 0; i < 4; ++i) {
        result.push_back(machine.cpu(i).cycle);
        result.push_back(machine.cpu(i).instructions);
      }
      return result;
    });
  };
  const auto first = run();
  CHECK(first.size() == 8);
  CHECK(run() == first);
}

TEST_CASE("CPUs that contend for a line lose no update and pay a transfer for most of them") {
  TimedMachine machine(4);
  const Cycle end = count_together(machine, 500);
  CHECK(machine.ram().read_value<u64>(TimedMachine::data_at) == 2000);
  CHECK(end > 2000 * 40);
  CHECK(machine.complex().hierarchy()->counters(0)[ServedBy::other_core] > 250);
}

TEST_CASE("A CPU alone keeps the line and pays no transfers") {
  TimedMachine machine(1);
  const Cycle end = count_together(machine, 500);
  CHECK(end < 500 * 30 + 2000);
}

TEST_CASE("Under exact scheduling contending CPUs take turns in the order of their local times") {
  TimedMachine machine(2);
  const Cycle end = count_together(machine, 1000);
  const Cycle other = std::min(machine.cpu(0).cycle, machine.cpu(1).cycle);
  CHECK(end - other < end / 20);  // neither was starved
}

TEST_CASE("Fast scheduling loses no update either, and its time is near that of exact scheduling") {
  const auto run = [](Scheduling scheduling) {
    return run_apart([scheduling] {
      TimedMachine machine(4, [&](CpuComplexConfig& config) { config.scheduling = scheduling; });
      const Cycle end = count_together(machine, 500);
      return std::vector<u64>{machine.ram().read_value<u64>(TimedMachine::data_at), end};
    });
  };
  const auto exact = run(Scheduling::exact), fast = run(Scheduling::fast);
  REQUIRE(exact.size() == 2);
  REQUIRE(fast.size() == 2);
  CHECK(exact[0] == 2000);
  CHECK(fast[0] == 2000);
  CHECK(fast[1] < exact[1] * 2);
  CHECK(fast[1] > exact[1] / 8);
}

TEST_CASE("Threads of one core share its width: two of them take twice as long as two cores") {
  const auto run = [](u32 threads) {
    return run_apart([threads] {
      Code code;
      code.repeat(64, {0x90}).loop_to(0).halt();
      TimedMachine machine(2, {}, threads);
      machine.loops = 1000;
      machine.prepare(code);
      sc_core::sc_start();
      return std::vector<u64>{machine.complex().now()};
    });
  };
  const auto together = run(2), apart = run(1);
  REQUIRE(together.size() == 1);
  REQUIRE(apart.size() == 1);
  CHECK(together[0] > apart[0] * 19 / 10);
  CHECK(together[0] < apart[0] * 22 / 10);
}

TEST_CASE("A thread whose sibling halts has the width of the core for itself") {
  Code code;
  const std::size_t start = code.size();
  code.repeat(64, {0x90}).loop_to(start).halt();
  TimedMachine machine(2, {}, 2);
  machine.loops = 1000;
  machine.prepare(code);
  machine.cpu(1).activity = Activity::halted;
  sc_core::sc_start();
  CHECK(machine.cpu(0).cycle < 1000 * 18 + 2000);
}

TEST_CASE("A probe before an instruction that waits for its turn is reported once") {
  EventRecorder recorder;
  TimedMachine machine(4);
  machine.complex().plant_probe(TimedMachine::code_at + 5, 7);
  machine.complex().set_observer(&recorder);
  count_together(machine, 300);
  CHECK(recorder.probes == 1200);
}

#include "tests/catch.h"
#include "tests/core/timing/apart.h"
#include "tests/core/timing/timed_machine.h"

using namespace apicsim;

namespace {

constexpr std::initializer_list<u8> nop = {0x90};
constexpr std::initializer_list<u8> multiply = {0x48, 0x0F, 0xAF, 0xDB};   // imul %rbx, %rbx
constexpr std::initializer_list<u8> increment = {0x48, 0x83, 0xC3, 0x01};  // add $1, %rbx

/// Cycles between two time stamps around `count` times some bytes, with warm caches.
u64 measure(TimedMachine& machine, unsigned count, std::initializer_list<u8> bytes) {
  Code code;
  code.stamp_r8().repeat(count, bytes).stamp_r9().loop_to(0).halt();
  machine.run(code);
  return machine.measured();
}

}  // namespace

TEST_CASE("RDTSC around a chain measures exactly the chain") {
  TimedMachine machine;
  const u64 one = measure(machine, 1, multiply);
  CHECK(measure(machine, 2, multiply) == one + 3);
  CHECK(measure(machine, 3, multiply) == one + 6);
  CHECK(measure(machine, 101, multiply) == one + 300);
  CHECK(measure(machine, 103, increment) == one + 100);
}

TEST_CASE("Independent instructions run at the width of the core, not at that of a chain") {
  TimedMachine machine;
  const u64 nothing = measure(machine, 0, nop);
  const u64 nops = measure(machine, 400, nop);
  CHECK(nops >= nothing + 99);
  CHECK(nops <= nothing + 101);
}

TEST_CASE("CMP and a following conditional branch are one micro-operation") {
  TimedMachine machine;
  const u64 nothing = measure(machine, 0, nop);
  // cmp %rdx, %rbx and jz to the next instruction: never both flags and order are predicted wrong.
  const u64 pairs = measure(machine, 60, {0x48, 0x39, 0xD3, 0x72, 0x00});
  CHECK(pairs <= nothing + 62);
}

TEST_CASE("Code that is executed for the first time waits for its lines, later passes do not") {
  TimedMachine machine;
  machine.loops = 1;
  const u64 cold = measure(machine, 640, nop);  // ten lines
  machine.loops = 20;
  const u64 warm = measure(machine, 640, nop);
  CHECK(warm >= 160);
  CHECK(warm <= 200);
  CHECK(cold >= warm + 9 * 190);
}

TEST_CASE("A chain of loads takes the L1 latency per load, and TLB and cache misses on top") {
  TimedMachine machine;
  // mov (%rbx), %rbx, where memory at rbx names itself.
  machine.ram().write_value<u64>(TimedMachine::data_at, TimedMachine::data_at);
  Code code;
  code.add({0x48, 0xC7, 0xC3, 0x00, 0x00, 0x20, 0x00});  // mov $0x200000, %rbx
  const std::size_t start = code.size();
  code.stamp_r8().repeat(50, {0x48, 0x8B, 0x1B}).stamp_r9().loop_to(start).halt();
  const u64 one = measure(machine, 1, multiply);
  machine.run(code);
  CHECK(machine.measured() == one + 200 - 3);
  machine.loops = 1;
  machine.cpu().timing()->hierarchy().lose_private(0, machine.cpu().cycle);
  machine.run(code);
  CHECK(machine.measured() >= one + 200 - 3 + 36);  // the last level's line, 40 instead of 4
}

TEST_CASE("Store and reload of one place take the forwarding latency each") {
  TimedMachine machine;
  // mov %rbx, (%rsp); mov (%rsp), %rbx
  const u64 nothing = measure(machine, 0, nop);
  const u64 twenty = measure(machine, 20, {0x48, 0x89, 0x1C, 0x24, 0x48, 0x8B, 0x1C, 0x24});
  const u64 forty = measure(machine, 40, {0x48, 0x89, 0x1C, 0x24, 0x48, 0x8B, 0x1C, 0x24});
  const CoreTimingConfig config;
  CHECK(forty - twenty >= 20 * config.store_forward);
  CHECK(forty - twenty <= 20 * (config.store_forward + 1));
  CHECK(twenty > nothing);
}

TEST_CASE("A random branch costs the mispredict penalty every second time, a steady one never") {
  TimedMachine machine;
  machine.loops = 4000;
  // rbx = rbx * 5 + 1 by lea; bt %rdx, %rbx with a high bit; jc over a nop.
  Code random, steady;
  random.add({0xBB, 0x01, 0x00, 0x00, 0x00});
  const std::size_t again = random.size();
  random.add({0x48, 0x69, 0xDB, 0xB5, 0x3B, 0x12, 0x1F});  // imul $0x1f123bb5, %rbx, %rbx
  random.add({0x48, 0xFF, 0xC3});                          // inc %rbx
  random.add({0x48, 0x0F, 0xBA, 0xE3, 0x3C});              // bt $60, %rbx
  random.add({0x72, 0x01, 0x90}).loop_to(again).halt();
  steady.add({0xBB, 0x01, 0x00, 0x00, 0x00});
  steady.add({0x48, 0x69, 0xDB, 0xB5, 0x3B, 0x12, 0x1F});
  steady.add({0x48, 0xFF, 0xC3});
  steady.add({0x48, 0x0F, 0xBA, 0xE3, 0x3C});
  steady.add({0xF8, 0x72, 0x01, 0x90}).loop_to(again).halt();  // clc before it
  machine.run(steady);
  const Cycle before = machine.cpu().cycle;
  machine.run(steady);
  const Cycle first = machine.cpu().cycle - before;
  machine.run(random);
  const Cycle second = machine.cpu().cycle - before - first;
  const u64 penalty = CoreTimingConfig().mispredict_penalty;
  CHECK(second > first + 4000 * penalty / 4);
  CHECK(second < first + 4000 * (penalty + 8));
}

TEST_CASE("REP STOSQ stores what it should and costs its start and a fixed pace") {
  TimedMachine machine;
  machine.loops = 1;
  const auto fill = [&](u32 count) {
    Code code;
    code.add({0x48, 0xC7, 0xC7, 0x00, 0x00, 0x20, 0x00});  // mov $0x200000, %rdi
    code.add({0xB9, static_cast<u8>(count), static_cast<u8>(count >> 8), 0, 0});  // mov, %ecx
    code.stamp_r8().add({0xF3, 0x48, 0xAB}).stamp_r9().halt();
    machine.run(code);
    machine.run(code);
    return machine.measured();
  };
  const u64 hundred = fill(100), two_hundred = fill(200);
  CHECK(machine.cpu().registers[1] == 0);
  CHECK(machine.cpu().registers[7] == TimedMachine::data_at + 1600);
  CHECK(machine.ram().read_value<u64>(TimedMachine::data_at + 1592) != 0);
  // Half a cycle per 16 bytes, thus a quarter per quadword.
  CHECK(two_hundred - hundred >= 24);
  CHECK(two_hundred - hundred <= 27);
}

TEST_CASE("Accesses to the APIC page cost their entry each and do not overlap") {
  TimedMachine machine(
      1, [](CpuComplexConfig& config) { config.latencies.apic_page_access.fill(50); });
  const auto read = [&](unsigned count) {
    Code code;
    code.add({0xBB, 0x20, 0x00, 0xE0, 0xFE});  // mov $0xFEE00020, %ebx
    const std::size_t start = code.size();
    code.stamp_r8().repeat(count, {0x8B, 0x03}).stamp_r9().loop_to(start).halt();
    machine.run(code);
    return machine.measured();
  };
  CHECK(read(20) - read(10) == 500);
}

TEST_CASE("An exception costs event_delivery from the retirement of what is older") {
  EventRecorder recorder;
  TimedMachine machine(1, [](CpuComplexConfig& config) { config.latencies.event_delivery = 321; });
  machine.complex().set_observer(&recorder);
  machine.set_gate(6);
  machine.run(Code().add({0x0F, 0x0B}));  // warms the frame's lines
  machine.run(Code().repeat(8, nop).add({0x0F, 0x0B}));
  // The handler is CLI, HLT: its first instruction is renamed when the delivery is over.
  const Cycle taken = recorder.exception_at;
  CHECK(machine.cpu().cycle >= taken + 321);
  CHECK(machine.cpu().cycle <= taken + 321 + 12);
}

TEST_CASE("Timed and functional execution compute the same, instruction for instruction") {
  const auto run = [](bool timed) {
    return run_apart([timed] {
      Code code;
      code.repeat(3, increment).repeat(2, multiply);
      code.add({0x48, 0x89, 0x1C, 0x24, 0x0F, 0xC8}).loop_to(0).halt();
      TimedMachine machine(1, [timed](CpuComplexConfig& config) {
        if (!timed) config.timing.reset();
      });
      machine.loops = 50;
      machine.prepare(code);
      sc_core::sc_start();
      const Cpu& cpu = machine.cpu();
      return std::vector<u64>{cpu.cycle,        cpu.registers[0], cpu.registers[1],
                              cpu.registers[3], cpu.rip,          cpu.instructions};
    });
  };
  auto functional = run(false), timed = run(true);
  REQUIRE(functional.size() == 6);
  REQUIRE(timed.size() == 6);
  CHECK(timed[0] != functional[0]);
  timed[0] = functional[0];
  CHECK(timed == functional);
}

// Performance counters, SDM Vol. 3 §18.2; functional and timed execution.
#include "models/core/msr.h"
#include "models/core/spec/smm_save_map.h"
#include "models/fabric/unmodelled.h"
#include "tests/catch.h"
#include "tests/core/events/event_machine.h"
#include "tests/support/timed_config.h"

using namespace apicsim;

namespace {

constexpr u32 counter0 = 0xC1, select0 = 0x186, fixed0 = 0x309, fixed_select = 0x38D,
              status = 0x38E, control = 0x38F, overflow_control = 0x390, full0 = 0x4C1,
              debug_control_index = 0x1D9;
constexpr u64 enabled = event_select::enable | event_select::user | event_select::system;
constexpr u64 instructions = 0xC0, cycles = 0x3C, bus_cycles = 0x013C, branches = 0xC4,
              mispredictions = 0xC5, llc_references = 0x4F2E, llc_misses = 0x412E;
constexpr u8 pmi_vector = 0x44;

BareMachine::Adjust counters_of(u32 version, bool timed = false, u64 capabilities = 0) {
  return [=](CpuComplexConfig& config) {
    config.model.cpuid.insert(config.model.cpuid.begin() + 2,
                              {0xA, 0, true, 0x07300400 | version, 0, 0, 0x603});
    config.model.perf_capabilities = capabilities;
    for (CpuidLeaf& leaf : config.model.cpuid)
      if (leaf.leaf == 1 && capabilities != 0) leaf.ecx |= 1u << 15;
    if (timed) config.timing = test_timing(1);
  };
}

class CounterMachine : public EventMachine {
 public:
  explicit CounterMachine(u32 version = 3, bool timed = false, u64 capabilities = 0)
      : EventMachine(counters_of(version, timed, capabilities)) {}

  bool set(u32 index, u64 value) { return write_msr(cpu(), index, value, cpu().cycle); }
  u64 get(u32 index) {
    u64 value = ~u64{0};
    REQUIRE(read_msr(cpu(), index, cpu().cycle, value));
    return value;
  }
  bool exists(u32 index) {
    u64 value;
    return read_msr(cpu(), index, cpu().cycle, value);
  }
  /// Counter 0 counts an event that it overflows after `count` of it; LVT to pmi_vector.
  void arm(u64 event, u64 count) {
    cpu().apic().write_page(0x340, 4, pmi_vector, cpu().cycle);
    set(counter0, 0 - count);
    set(select0, event | enabled | event_select::interrupt);
  }
};

/// inc %rax; jmp back.
const std::vector<u8> counting = {0x48, 0xFF, 0xC0, 0xEB, 0xFB};

}  // namespace

TEST_CASE("A processor without CPUID leaf 0AH has no counters") {
  EventMachine machine;
  u64 value;
  for (const u32 index : {counter0, select0, fixed0, fixed_select, status, control})
    CHECK_FALSE(read_msr(machine.cpu(), index, 0, value));
}

TEST_CASE("Version 1 has general counters and their event selects only (SDM Vol. 3 §18.2.1)") {
  CounterMachine machine(1);
  CHECK(machine.exists(counter0 + 3));
  CHECK_FALSE(machine.exists(counter0 + 4));
  CHECK(machine.exists(select0 + 3));
  CHECK_FALSE(machine.exists(select0 + 4));
  for (const u32 index : {fixed0, fixed_select, status, control})
    CHECK_FALSE(machine.exists(index));
}

TEST_CASE("Version 2 adds fixed counters and global control (§18.2.2)") {
  CounterMachine machine(2);
  for (const u32 index : {fixed0, fixed0 + 2, fixed_select, status, control})
    CHECK(machine.exists(index));
  CHECK_FALSE(machine.exists(fixed0 + 3));
  CHECK(machine.get(control) == 0xF);
  CHECK_FALSE(machine.exists(overflow_control));  // write-only
  CHECK(machine.set(overflow_control, u64{7} << 61 | u64{7} << 32 | 0xF));
  CHECK_FALSE(machine.set(status, 0));
}

namespace {

void check_reserved_bits(u32 version) {
  const auto select_known = [&](unsigned n) { return n < 32 && (n != 21 || version >= 3); };
  const auto fixed_known = [&](unsigned n) { return n < 12 && (n % 4 != 2 || version >= 3); };
  const auto counter_known = [](unsigned n) { return n < 4 || (n >= 32 && n < 35); };
  CounterMachine machine(version);
  for (unsigned n = 0; n < 64; ++n) {
    INFO("bit " << n);
    if (n != 22) CHECK(machine.set(select0, u64{1} << n) == select_known(n));
    CHECK(machine.set(fixed_select, u64{1} << n) == fixed_known(n));
    CHECK(machine.set(control, u64{1} << n) == counter_known(n));
    CHECK(machine.set(overflow_control, u64{1} << n) == (counter_known(n) || n >= 61));
    CHECK(machine.set(fixed0, u64{1} << n) == (n < 48));
  }
}

}  // namespace

TEST_CASE("Version 2: reserved bits of the control registers are #GP(0), bit by bit (§18.2.2)") {
  check_reserved_bits(2);
}

TEST_CASE("Version 3 adds AnyThread to the control registers (§18.2.3)") { check_reserved_bits(3); }

TEST_CASE("IA32_PMCx is written with 32 bits and read with its width (§18.2.3)") {
  CounterMachine machine;
  CHECK(machine.set(counter0, 0x80000000));
  CHECK(machine.get(counter0) == 0xFFFF80000000);
  CHECK(machine.set(counter0, 0xFFFFFFFF7FFFFFFF));
  CHECK(machine.get(counter0) == 0x7FFFFFFF);
  CHECK_FALSE(machine.exists(full0));
}

TEST_CASE(
    "IA32_A_PMCx writes the whole counter where IA32_PERF_CAPABILITIES[13] says so (§18.2.6)") {
  CounterMachine machine(3, false, perf_capability::full_width);
  CHECK(machine.get(0x345) == perf_capability::full_width);
  CHECK(machine.set(full0, 0x800000000001));
  CHECK(machine.get(counter0) == 0x800000000001);
  CHECK(machine.get(full0) == 0x800000000001);
  CHECK_FALSE(machine.set(full0, u64{1} << 48));
}

TEST_CASE("Functional execution: instructions, cycles, branches and clocks are counted exactly") {
  CounterMachine machine;
  machine.put_code(counting);
  machine.set(select0, instructions | enabled);
  machine.set(select0 + 1, cycles | enabled);
  machine.set(select0 + 2, branches | enabled);
  machine.set(select0 + 3, bus_cycles | enabled);
  machine.set(fixed_select, 0x333);
  machine.set(control, u64{7} << 32 | 0xF);
  const Cycle start = machine.cpu().cycle;
  machine.run(28'000);
  const u64 ran = machine.cpu().cycle - start;
  REQUIRE(ran == 28'000);
  CHECK(machine.get(counter0) == ran);
  CHECK(machine.get(counter0 + 1) == ran);
  CHECK(machine.get(counter0 + 2) == ran / 2);
  CHECK(machine.get(counter0 + 3) == 1000);  // 100 MHz of 2.8 GHz
  CHECK(machine.get(fixed0) == ran);
  CHECK(machine.get(fixed0 + 1) == ran);
  CHECK(machine.get(fixed0 + 2) == ran);
}

TEST_CASE("Without EN, or without its bit in IA32_PERF_GLOBAL_CTRL, a counter stands") {
  CounterMachine machine;
  machine.put_code(counting);
  machine.set(select0, (instructions | enabled) & ~event_select::enable);
  machine.set(select0 + 1, instructions | enabled);
  machine.set(control, 0x1);
  machine.run(1000);
  CHECK(machine.get(counter0) == 0);
  CHECK(machine.get(counter0 + 1) == 0);
  machine.set(control, 0x2);
  machine.run(1000);
  CHECK(machine.get(counter0 + 1) == 1000);
}

TEST_CASE("USR counts at CPL 3 only and OS below, also across a system call (§18.2.1.1)") {
  CounterMachine machine;
  // Level 3: nop; nop; syscall. Level 0 at LSTAR: three nops, hlt.
  machine.prepare({0x90, 0x90, 0x0F, 0x05});
  machine.put(EventMachine::code_at + 0x800, {0x90, 0x90, 0x90, 0xF4});
  machine.enter_64bit(0, EventMachine::code_at, EventMachine::stack_at + 0x800, 3);
  machine.cpu().msr.star = u64{0x10} << 32;
  machine.cpu().msr.lstar = EventMachine::code_at + 0x800;
  machine.set(select0, (instructions | enabled) & ~event_select::system);
  machine.set(select0 + 1, (instructions | enabled) & ~event_select::user);
  machine.set(select0 + 2, instructions | enabled);
  machine.run();
  REQUIRE(machine.cpu().activity == Activity::halted);
  CHECK(machine.get(counter0) == 3);
  CHECK(machine.get(counter0 + 1) == 4);
  CHECK(machine.get(counter0 + 2) == 7);
}

TEST_CASE("Time in HLT is not counted (§18.2.1.2, UnHalted Core Cycles)") {
  CounterMachine machine;
  machine.put_code({0xF4, 0x90, 0x90, 0xF4});
  machine.set(select0, cycles | enabled);
  machine.set(fixed_select, 0x300);
  machine.set(control, u64{4} << 32 | 1);
  machine.step();
  machine.message(DeliveryMode::fixed, EventMachine::fixed_vector, 5000);
  machine.cpu().cycle += 5000;
  machine.run();  // delivery of one cycle, cli, hlt
  CHECK(machine.get(counter0) == 1 + 1 + 2);
  CHECK(machine.get(fixed0 + 2) == 1 + 1 + 2);
}

TEST_CASE(
    "The PMI comes at the boundary behind the overflow and masks its LVT (§18.2.1, §11.5.1)") {
  CounterMachine machine;
  for (const u64 event : {instructions, cycles})
    for (const u64 count : {1u, 2u, 99u, 100u, 5001u}) {
      machine.prepare();
      machine.put_code(counting);
      machine.set(overflow_control, 0xF);
      machine.arm(event, count);
      const Cycle start = machine.cpu().cycle;
      machine.run();
      REQUIRE(machine.took(false, pmi_vector));
      CHECK(machine.log.entries.front().cycle == start + count);
      CHECK((machine.cpu().apic().peek(0x340, machine.cpu().cycle) & 0x10000) != 0);
      CHECK((machine.get(status) & 0xF) == 1);
    }
}

TEST_CASE("A branch counter interrupts behind the branch that overflows it") {
  CounterMachine machine;
  machine.put_code(counting);
  machine.arm(branches, 7);
  const Cycle start = machine.cpu().cycle;
  machine.run();
  REQUIRE(machine.took(false, pmi_vector));
  CHECK(machine.log.entries.front().cycle == start + 14);
  CHECK(machine.interrupted_rip() == EventMachine::code_at);
}

TEST_CASE("A counter of the bus clock interrupts in the cycle of the clock's edge") {
  CounterMachine machine;
  machine.put_code(counting);
  machine.arm(bus_cycles, 3);
  const Cycle start = machine.cpu().cycle;
  machine.run();
  REQUIRE(machine.took(false, pmi_vector));
  const Cycle taken = machine.log.entries.front().cycle;
  CHECK(taken % 28 == 0);
  CHECK(taken > start + 2 * 28);
  CHECK(taken <= start + 3 * 28);
}

TEST_CASE("Overflow without INT sets its status bit and interrupts nobody, OVF_CTRL clears it") {
  CounterMachine machine;
  machine.put_code(counting);
  machine.set(fixed0, 0xFFFFFFFFFFF0);
  machine.set(fixed_select, 0x3);
  machine.set(control, u64{1} << 32);
  machine.run(1000);
  CHECK(machine.get(status) == u64{1} << 32);
  CHECK(machine.get(fixed0) == 1000 - 16);
  CHECK(machine.log.entries.empty());
  CHECK(machine.set(overflow_control, u64{1} << 32));
  CHECK(machine.get(status) == 0);
}

TEST_CASE("IA32_DEBUGCTL[12]: the PMI clears IA32_PERF_GLOBAL_CTRL (§18.2.2, §17.4.7)") {
  CounterMachine machine;
  machine.put_code(counting);
  REQUIRE(machine.set(debug_control_index, debug_control::freeze_counters));
  machine.set(select0 + 1, cycles | enabled);
  machine.arm(instructions, 100);
  machine.run();
  CHECK(machine.get(control) == 0);
  CHECK(machine.get(counter0) == 0);
  CHECK(machine.get(counter0 + 1) == 100);
}

TEST_CASE("IA32_DEBUGCTL[14]: counters stand in SMM (§17.4.1)") {
  CounterMachine machine;
  for (const bool freezes : {false, true}) {
    machine.prepare();
    machine.put(smm::reset_base + 0x8000, {0x90, 0x90, 0x90, 0x0F, 0xAA});
    machine.set(debug_control_index, freezes ? debug_control::freeze_in_smm : 0);
    machine.set(select0, 0);
    machine.set(counter0, 0);
    machine.set(select0, instructions | enabled);
    machine.message(DeliveryMode::smi);
    machine.steps(1 + 4);
    REQUIRE_FALSE(machine.cpu().smm.active);
    machine.steps(2);
    CHECK(machine.get(counter0) == (freezes ? 2 : 6));
    machine.set(select0, 0);
  }
}

TEST_CASE("RDPMC reads general and fixed counters, at CPL 3 with CR4.PCE only (Vol. 2, RDPMC)") {
  CounterMachine machine;
  struct Row {
    u32 index;
    u8 level;
    bool pce, ok;
  };
  constexpr Row rows[] = {
      {0, 0, false, true},           {3, 0, false, true},          {4, 0, false, false},
      {0x40000000, 0, false, true},  {0x40000002, 0, false, true}, {0x40000003, 0, false, false},
      {0x20000000, 0, false, false}, {0, 3, false, false},         {0, 3, true, true}};
  for (const Row& row : rows) {
    INFO("index " << row.index << " level " << int{row.level});
    machine.prepare();
    machine.put_code({0x0F, 0x33, 0x90, 0xF4});
    machine.set(counter0, 0x80001234);
    machine.set(fixed0, 0x777);
    machine.enter_64bit(0, EventMachine::code_at, EventMachine::stack_at + 0x800, row.level);
    if (row.pce) machine.cpu().cr4 |= cr4::pce;
    machine.cpu().registers[1] = row.index;
    machine.step();
    CHECK(machine.log.entries.empty() == row.ok);
    if (row.ok && row.index == 0) CHECK(machine.cpu().registers[0] == 0x80001234);
    if (row.ok && row.index == 0) CHECK(machine.cpu().registers[2] == 0xFFFF);
  }
}

TEST_CASE("An event that is not modelled stops the run when it is enabled, and names itself") {
  CounterMachine machine;
  CHECK(machine.set(select0, 0x01A8));
  CHECK_THROWS_AS(machine.set(select0, 0x01A8 | enabled), Unmodelled);
  CHECK_THROWS_AS(machine.set(select0, instructions | enabled | event_select::edge), Unmodelled);
  CHECK_THROWS_AS(machine.set(debug_control_index, debug_control::last_branch), Unmodelled);
}

TEST_CASE("A counter mask above what a cycle can bring never counts, inverted it always does") {
  CounterMachine machine;
  machine.put_code(counting);
  const u64 mask16 = u64{16} << event_select::threshold_shift;
  machine.set(select0, instructions | enabled | mask16);
  machine.set(select0 + 1, instructions | enabled | mask16 | event_select::invert);
  machine.set(select0 + 2, instructions | enabled | u64{1} << event_select::threshold_shift);
  machine.run(1000);
  CHECK(machine.get(counter0) == 0);
  CHECK(machine.get(counter0 + 1) == 1000);
  CHECK(machine.get(counter0 + 2) == 1000);
}

TEST_CASE("BTF: TF traps behind taken branches only, and #DB clears BTF (SDM Vol. 3 §17.4.3)") {
  CounterMachine machine;
  // nop; jmp +1; nop; nop; hlt
  machine.put_code({0x90, 0xEB, 0x01, 0x90, 0x90, 0xF4});
  machine.cpu().set_flags(rflags::tf);
  machine.set(debug_control_index, debug_control::branch_step);
  machine.run();
  CHECK(machine.took(true, vector::debug));
  CHECK(machine.interrupted_rip() == EventMachine::code_at + 4);
  CHECK(machine.get(debug_control_index) == 0);
}

TEST_CASE("Timed execution: counters agree with what retires, and the PMI is exact in it") {
  CounterMachine machine(3, true);
  machine.put_code(counting);
  machine.set(select0 + 1, instructions | enabled);
  machine.set(select0 + 2, branches | enabled);
  machine.set(select0 + 3, mispredictions | enabled);
  machine.arm(instructions, 1000);
  const u64 retired = machine.cpu().instructions;
  machine.run();
  REQUIRE(machine.took(false, pmi_vector));
  CHECK(machine.cpu().instructions == retired + 1000 + 2);  // and cli, hlt of the handler
  CHECK(machine.get(counter0 + 1) == 1002);
  CHECK(machine.get(counter0 + 2) == 500);
  CHECK(machine.get(counter0 + 3) <= 2);
}

TEST_CASE("Timed execution: loads that miss are last-level references and misses") {
  CounterMachine machine(3, true);
  // mov (%rbx), %rax; add $64, %rbx; dec %rcx; jnz back; hlt
  machine.put_code({0x48, 0x8B, 0x03, 0x48, 0x83, 0xC3, 0x40, 0x48, 0xFF, 0xC9, 0x75, 0xF4, 0xF4});
  machine.cpu().registers[3] = EventMachine::data_at;
  machine.cpu().registers[1] = 200;
  machine.cpu().set_flags(0);
  machine.set(select0, llc_references | enabled);
  machine.set(select0 + 1, llc_misses | enabled);
  machine.run();
  REQUIRE(machine.cpu().activity == Activity::halted);
  const u64 references = machine.get(counter0), misses = machine.get(counter0 + 1);
  CHECK(references >= 200);
  CHECK(references <= 220);
  CHECK(misses >= 200);
  CHECK(misses <= references);
}

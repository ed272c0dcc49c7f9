#include "models/apic/spec/local_apic_registers.h"
#include "tests/catch.h"
#include "tests/core/timing/timed_machine.h"

using namespace apicsim;

namespace {

using lapic::Access;
using lapic::RegisterSpec;

/// A cost that no two registers share, in cycles.
constexpr Cycle cost_of(u32 offset) { return 40 + offset / 16; }

void give_each_register_a_cost(CpuComplexConfig& config) {
  for (u32 i = 0; i < CoreLatencies::apic_registers; ++i)
    config.latencies.apic_page_access[i] = config.latencies.apic_msr_access[i] = cost_of(i * 16);
}

void functional(CpuComplexConfig& config) {
  give_each_register_a_cost(config);
  config.timing.reset();
}

constexpr std::initializer_list<u8> load = {0x8B, 0x03};   // mov (%rbx), %eax
constexpr std::initializer_list<u8> store = {0x89, 0x03};  // mov %eax, (%rbx)
constexpr std::initializer_list<u8> rdmsr = {0x0F, 0x32};
constexpr std::initializer_list<u8> wrmsr = {0x0F, 0x30};

bool reads(Access access) { return access == Access::read_only || access == Access::read_write; }
bool writes(Access access) { return access == Access::write_only || access == Access::read_write; }

void add_u32(Code& code, u32 value) {
  for (unsigned i = 0; i < 4; ++i) code.add({static_cast<u8>(value >> (8 * i))});
}

/// Cycles between two time stamps around `count` times `access`; EAX and EDX are zero before each.
/// `prepare` (MOV r32, imm32 without its operand) loads what names the register.
Cycle measure(TimedMachine& machine, u8 prepare, u32 operand, std::initializer_list<u8> access,
              unsigned count) {
  Code code;
  code.add({prepare});
  add_u32(code, operand);
  code.stamp_r8();
  for (unsigned i = 0; i < count; ++i) code.add({0x31, 0xC0, 0x31, 0xD2}).add(access);
  code.stamp_r9().halt();
  machine.run(code);  // warms the lines of the code
  machine.run(code);
  return machine.measured();
}

/// What one more access costs, with the two XORs before it.
Cycle page_access(TimedMachine& machine, u32 offset, std::initializer_list<u8> access) {
  const auto total = [&](unsigned count) {
    return measure(machine, 0xBB, 0xFEE00000 + offset, access, count);
  };
  return total(9) - total(8);
}

Cycle msr_access(TimedMachine& machine, u32 offset, std::initializer_list<u8> access) {
  const auto total = [&](unsigned count) {
    return measure(machine, 0xB9, lapic::msr_x2apic_first + offset / 16, access, count);
  };
  return total(9) - total(8);
}

void enter_x2apic(TimedMachine& machine) {
  REQUIRE(machine.cpu().apic().write_apic_base(0xFEE00D00, 0));
}

void check_page(TimedMachine& machine, Cycle around) {
  for (const RegisterSpec& spec : lapic::registers()) {
    CAPTURE(spec.name);
    if (reads(spec.xapic))
      CHECK(page_access(machine, spec.offset, load) == cost_of(spec.offset) + around);
    if (writes(spec.xapic))
      CHECK(page_access(machine, spec.offset, store) == cost_of(spec.offset) + around);
  }
}

void check_msrs(TimedMachine& machine) {
  enter_x2apic(machine);
  const auto around = [&](std::initializer_list<u8> access) {
    return msr_access(machine, lapic::reg::tpr, access) - cost_of(lapic::reg::tpr);
  };
  const Cycle around_read = around(rdmsr), around_write = around(wrmsr);
  for (const RegisterSpec& spec : lapic::registers()) {
    CAPTURE(spec.name);
    if (reads(spec.x2apic))
      CHECK(msr_access(machine, spec.offset, rdmsr) == cost_of(spec.offset) + around_read);
    if (writes(spec.x2apic))
      CHECK(msr_access(machine, spec.offset, wrmsr) == cost_of(spec.offset) + around_write);
  }
}

}  // namespace

TEST_CASE(
    "Functional: each register of the xAPIC page costs its own entry, neither less nor more") {
  TimedMachine machine(1, functional);
  check_page(machine, 3);  // the access and the two XORs before it, a cycle each
}

TEST_CASE("Timed: each register of the xAPIC page costs its own entry, neither less nor more") {
  TimedMachine machine(1, give_each_register_a_cost);
  check_page(machine, 0);  // the XORs are zero idioms and wait for nothing
}

TEST_CASE("Functional: each x2APIC register costs its own entry, neither less nor more") {
  TimedMachine machine(1, functional);
  check_msrs(machine);
}

TEST_CASE("Timed: each x2APIC register costs its own entry, neither less nor more") {
  TimedMachine machine(1, give_each_register_a_cost);
  check_msrs(machine);
}

TEST_CASE(
    "A write to a register takes effect when its cost begins, not before (SDM Vol. 3 §11.4.1)") {
  TimedMachine machine(1, functional);
  Code code;
  code.add({0xBB}).add({0x80, 0x03, 0xE0, 0xFE});  // mov $0xFEE00380, %ebx: initial count
  code.add({0xB8, 0x00, 0x00, 0x00, 0x40});        // mov $0x40000000, %eax
  code.add(store).add({0x8B, 0x43, 0x10}).halt();  // mov 0x10(%rbx), %eax: current count
  machine.run(code);
  const Cycle apart = 1 + cost_of(lapic::reg::initial_count);   // from store to load
  const Cycle ticks = apart * 100'000'000 / 2'800'000'000 / 2;  // divided by two after reset
  const u64 gone = 0x40000000 - machine.cpu().reg<u32>(0);
  CHECK(gone >= ticks);
  CHECK(gone <= ticks + 1);
}

#include "tests/catch.h"
#include "tests/power/sleeping_machine.h"

using namespace apicsim;

namespace {

/// Cycles between the end of the sleep and RDTSC in the handler: the delivery through the IDT.
constexpr Cycle delivery = 1;

}  // namespace

TEST_CASE("HLT wakes by an interrupt after the exit of C1, on the cycle (SDM Vol. 2 HLT)") {
  SleepingMachine machine(1);
  machine.load(SleepingMachine::code_at, {0xF4});
  machine.interrupt(0, 50'000);
  sc_core::sc_start();
  CHECK(machine.woken(0) == 50'000 + 2'000 + delivery);
}

TEST_CASE("HLT with C1E promoted costs C1E's exit (SDM Vol. 4 table 2-20, MSR_POWER_CTL)") {
  SleepingMachine machine(1);
  machine.load(SleepingMachine::code_at, {0xF4});
  REQUIRE(write_msr(machine.cpu(), 0x1FC, 2, 0));
  machine.interrupt(0, 50'000);
  sc_core::sc_start();
  CHECK(machine.woken(0) == 50'000 + 8'000 + delivery);
}

TEST_CASE("An interrupt that is pending at HLT ends it without a sleep") {
  SleepingMachine machine(1);
  machine.load(SleepingMachine::code_at, {0xFB, 0xF4});  // sti; hlt
  machine.cpu().set_flags(0);
  machine.interrupt(0, 0);
  sc_core::sc_start();
  CHECK(machine.woken(0) == 2 + delivery);
  CHECK(machine.complex().power()->entries(0, CState::c1) == 1);  // the handler's HLT
}

TEST_CASE("An interrupt within the entry waits for the entry's end") {
  SleepingMachine machine(1);
  machine.load(SleepingMachine::code_at, SleepingMachine::mwait_code(0x20, 0));
  machine.interrupt(0, SleepingMachine::mwait_end + 100);
  sc_core::sc_start();
  CHECK(machine.woken(0) == SleepingMachine::mwait_end + 9'000 + 90'000 + delivery);
}

TEST_CASE("Each MWAIT hint wakes after the exit of its state") {
  struct Row {
    u8 hint;
    Cycle exit;
  };
  constexpr Row rows[] = {{0x00, 2'000},  {0x01, 8'000},  {0x10, 40'000},
                          {0x20, 90'000}, {0x30, 90'000}, {0xF0, 0}};
  SleepingMachine machine(6);
  for (u32 i = 0; i < 6; ++i) {
    const u64 code = SleepingMachine::code_at + 0x100 * i;
    machine.load(code, SleepingMachine::mwait_code(rows[i].hint, 0));
    machine.cpu(i).rip = code;
    machine.interrupt(i, 500'000 + 1'001 * i);
  }
  sc_core::sc_start();
  for (u32 i = 0; i < 6; ++i) {
    CAPTURE(i);
    CHECK(machine.woken(i) == 500'000 + 1'001 * i + rows[i].exit + delivery);
  }
}

TEST_CASE("A masked interrupt ends MWAIT with ECX[0] only (SDM Vol. 2 MWAIT)") {
  SleepingMachine machine(2);
  for (u8 i = 0; i < 2; ++i) {
    const u64 code = SleepingMachine::code_at + 0x100u * i;
    machine.load(code, SleepingMachine::mwait_code(0x20, i));
    machine.cpu(i).rip = code;
    machine.cpu(i).set_flags(0);
    machine.interrupt(i, 500'000);
  }
  sc_core::sc_start();
  CHECK(machine.woken(0) == 0);
  CHECK(machine.woken(1) == 500'000 + 90'000);
}

TEST_CASE("A store to the monitored line wakes after the line's way and the exit") {
  SleepingMachine machine(2);
  machine.load(SleepingMachine::code_at, SleepingMachine::mwait_code(0x20, 0));
  // CPU 1: 10000 loops of two instructions, then a store into the line.
  constexpr u64 writer = SleepingMachine::code_at + 0x800;
  machine.load(writer, {0xB9, 0x10, 0x27, 0x00, 0x00,                    // mov $10000, %ecx
                        0xFF, 0xC9, 0x75, 0xFC,                          // 1: dec %ecx; jnz 1b
                        0xC6, 0x04, 0x25, 0x20, 0x00, 0x20, 0x00, 0x01,  // movb $1, line + 32
                        0xFA, 0xF4});
  machine.cpu(1).rip = writer;
  sc_core::sc_start();
  const Cycle store = 1 + 20'000;
  CHECK(machine.woken(0) >= store + 150 + 90'000);
  CHECK(machine.woken(0) <= store + 150 + 90'000 + 1);
}

void test_start_message(DeliveryMode mode, bool wakes) {
  SleepingMachine machine(2);
  machine.load(SleepingMachine::code_at, {0xF4});
  InterruptMessage message;
  message.delivery_mode = mode;
  message.vector = 0x55;
  machine.cpu(1).apic().accept(message, 50'000);
  sc_core::sc_start();
  CHECK((machine.cpu(1).activity == Activity::wait_for_start_up) == wakes);
  CHECK(machine.complex().power()->thread_state(1) == (wakes ? CState::c0 : CState::c1));
  CHECK(machine.cpu(1).cycle >= (wakes ? 52'000 : 50'000));
}

TEST_CASE("SIPI does not end HLT (SDM Vol. 3 §8.4.3)") {
  test_start_message(DeliveryMode::start_up, false);
}

TEST_CASE("INIT ends HLT, after the exit (SDM Vol. 2 HLT)") {
  test_start_message(DeliveryMode::init, true);
}

TEST_CASE("A running sibling keeps the core awake: the sleeper wakes as from C1") {
  SleepingMachine machine(2, 2);
  machine.load(SleepingMachine::code_at, SleepingMachine::mwait_code(0x20, 0));
  constexpr u64 spin = SleepingMachine::code_at + 0x800;
  machine.load(spin, {0xEB, 0xFE});
  machine.cpu(1).rip = spin;
  machine.interrupt(0, 500'000);
  machine.interrupt(1, 900'000);
  sc_core::sc_start();
  CHECK(machine.woken(0) == 500'000 + 2'000 + delivery);
  CHECK(machine.woken(1) == 900'000 + delivery);
  CHECK(machine.complex().power()->entries(0, CState::c6) == 0);
}

TEST_CASE("Residency counters say what the core slept, and cannot be written") {
  SleepingMachine machine(1);
  machine.load(SleepingMachine::code_at, SleepingMachine::mwait_code(0x20, 0));
  machine.interrupt(0, 1'000'000);
  sc_core::sc_start();
  u64 c3 = 1, c6 = 0, c7 = 1, package = 0;
  const Cycle now = machine.cpu().cycle;
  REQUIRE(read_msr(machine.cpu(), 0x3FC, now, c3));
  REQUIRE(read_msr(machine.cpu(), 0x3FD, now, c6));
  REQUIRE(read_msr(machine.cpu(), 0x3FE, now, c7));
  REQUIRE(read_msr(machine.cpu(), 0x3F9, now, package));
  CHECK(c3 == 0);
  CHECK(c6 == 1'000'000 - SleepingMachine::mwait_end - 9'000);
  CHECK(c7 == 0);
  CHECK(package == c6);
  for (u32 index : {0x3F8, 0x3F9, 0x3FA, 0x3FC, 0x3FD, 0x3FE, 0x60D})
    CHECK_FALSE(write_msr(machine.cpu(), index, 0, now));
}

TEST_CASE("MSR_PKG_CST_CONFIG_CONTROL holds back the package, not the core") {
  SleepingMachine machine(1);
  machine.load(SleepingMachine::code_at, SleepingMachine::mwait_code(0x20, 0));
  REQUIRE(write_msr(machine.cpu(), 0xE2, 1, 0));
  machine.interrupt(0, 1'000'000);
  sc_core::sc_start();
  u64 core = 0, pc6 = 1, pc2 = 0;
  const Cycle now = machine.cpu().cycle;
  REQUIRE(read_msr(machine.cpu(), 0x3FD, now, core));
  REQUIRE(read_msr(machine.cpu(), 0x3F9, now, pc6));
  REQUIRE(read_msr(machine.cpu(), 0x60D, now, pc2));
  CHECK(core == 1'000'000 - SleepingMachine::mwait_end - 9'000);
  CHECK(pc6 == 0);
  CHECK(pc2 == core);
}

TEST_CASE("MSR_PKG_CST_CONFIG_CONTROL cannot be written once locked (SDM Vol. 4 table 2-20)") {
  SleepingMachine machine(1);
  CHECK(write_msr(machine.cpu(), 0xE2, 0x8002, 0));
  CHECK_FALSE(write_msr(machine.cpu(), 0xE2, 0x8002, 0));
  CHECK_FALSE(write_msr(machine.cpu(), 0xE2, 0, 0));
  u64 value = 0;
  CHECK(read_msr(machine.cpu(), 0xE2, 0, value));
  CHECK(value == 0x8002);
}

void start_timer(LocalApic& apic, u32 vector, u32 ticks) {
  apic.write_page(0x320, 4, vector, 0);  // one-shot
  apic.write_page(0x3E0, 4, 0xB, 0);     // divide by 1: 100 MHz, 28 cycles a tick
  apic.write_page(0x380, 4, ticks, 0);
}

TEST_CASE("The APIC timer wakes a core from C6 with ARAT (SDM Vol. 3 §11.5.4)") {
  SleepingMachine machine(1);
  machine.load(SleepingMachine::code_at, SleepingMachine::mwait_code(0x20, 0));
  start_timer(machine.cpu().apic(), 0x40, 20'000);
  machine.complex().set_cycle_limit(2'000'000);
  sc_core::sc_start();
  CHECK(machine.woken(0) == 560'000 + 90'000 + delivery);
}

TEST_CASE("The APIC timer stands while the core is in C6 without ARAT (SDM Vol. 3 §11.5.4)") {
  SleepingMachine machine(1, 1, false);
  machine.load(SleepingMachine::code_at, SleepingMachine::mwait_code(0x20, 0));
  start_timer(machine.cpu().apic(), 0x40, 20'000);
  machine.complex().set_cycle_limit(2'000'000);
  sc_core::sc_start();
  CHECK(machine.woken(0) == 0);
}

TEST_CASE("The APIC timer runs in C1 without ARAT") {
  SleepingMachine machine(1, 1, false);
  machine.load(SleepingMachine::code_at, SleepingMachine::mwait_code(0x01, 0));
  start_timer(machine.cpu().apic(), 0x40, 20'000);
  sc_core::sc_start();
  CHECK(machine.woken(0) == 560'000 + 8'000 + delivery);
}

/// Expiries of a timer of 20000 ticks that stands from the entry's end (cycle 9007, tick 321) to
/// the exit's end (cycle 390000, tick 13928): it is due at tick 33607, cycle 940996.
u64 expiries_before(Cycle limit) {
  SleepingMachine machine(1, 1, false);
  machine.load(SleepingMachine::code_at, SleepingMachine::mwait_code(0x20, 1));
  machine.cpu().set_flags(0);
  start_timer(machine.cpu().apic(), 0x41, 20'000);
  machine.interrupt(0, 300'000);
  machine.complex().set_cycle_limit(limit);
  sc_core::sc_start();
  CHECK(machine.woken(0) == 390'000);
  return machine.cpu().apic().counters().timer;
}

TEST_CASE("Without ARAT the timer goes on behind the wake-up where it stood, not earlier") {
  CHECK(expiries_before(940'996) == 0);
}

TEST_CASE("Without ARAT the timer goes on behind the wake-up where it stood, not later") {
  CHECK(expiries_before(940'997) == 1);
}

TEST_CASE("The timer that expires before the entry's end ends the sleep also without ARAT") {
  SleepingMachine machine(1, 1, false);
  machine.load(SleepingMachine::code_at, SleepingMachine::mwait_code(0x20, 0));
  start_timer(machine.cpu().apic(), 0x40, 100);
  sc_core::sc_start();
  CHECK(machine.woken(0) == SleepingMachine::mwait_end + 9'000 + 90'000 + delivery);
}

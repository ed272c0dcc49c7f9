#include "tests/catch.h"
#include "tests/power/sleeping_machine.h"

using namespace apicsim;

namespace {

constexpr u64 data_at = 0x202000;
constexpr Cycle end = 2'000'000;

/// Loads from data_at, then MWAIT with `hint`; nothing wakes it.
std::vector<u8> load_and_sleep(u8 hint) {
  std::vector<u8> code = {0x8A, 0x1C, 0x25, 0x00, 0x20, 0x20, 0x00};  // mov data, %bl
  const std::vector<u8> sleep = SleepingMachine::mwait_code(hint, 0);
  code.insert(code.end(), sleep.begin(), sleep.end());
  return code;
}

/// Whether CPU 0's core still holds the line when the run is over.
bool keeps_line(SleepingMachine& machine) {
  machine.complex().set_cycle_limit(end);
  sc_core::sc_start();
  LineAccess access;
  return machine.complex().hierarchy()->private_access(0, data_at, LineUse::load, end, access);
}

bool keeps_line_in(u8 hint) {
  SleepingMachine machine(1, 1, true, true);
  machine.load(SleepingMachine::code_at, load_and_sleep(hint));
  return keeps_line(machine);
}

}  // namespace

TEST_CASE("C1 keeps the caches of the core") { CHECK(keeps_line_in(0x00)); }
TEST_CASE("C1E keeps the caches of the core") { CHECK(keeps_line_in(0x01)); }
TEST_CASE("C3 loses the caches of the core") { CHECK_FALSE(keeps_line_in(0x10)); }
TEST_CASE("C6 loses the caches of the core") { CHECK_FALSE(keeps_line_in(0x20)); }

TEST_CASE("C6 of one thread loses nothing while the other one runs") {
  SleepingMachine machine(2, 2, true, true);
  machine.load(SleepingMachine::code_at, load_and_sleep(0x20));
  constexpr u64 spin = SleepingMachine::code_at + 0x800;
  machine.load(spin, {0xEB, 0xFE});
  machine.cpu(1).rip = spin;
  CHECK(keeps_line(machine));
}

TEST_CASE("C6 of the last thread loses the caches that both have filled") {
  SleepingMachine machine(2, 2, true, true);
  machine.load(SleepingMachine::code_at, load_and_sleep(0x20));
  CHECK_FALSE(keeps_line(machine));
}

// What #DB leaves in DR6 and what it brings along, SDM Vol. 3 §17.2.3, §17.3.
#include "tests/catch.h"
#include "tests/core/protected_machine.h"

using namespace apicsim;
using Machine = ProtectedMachine;

namespace {

constexpr u64 nothing = 0xFFFF0FF0, single_step = 1u << 14;

constexpr u64 execution = 0, read_write = 3, four_bytes = 3;
u64 breakpoint(unsigned n, u64 condition, u64 length) {
  return 0x400 | u64{2} << 2 * n | condition << (16 + 4 * n) | length << (18 + 4 * n);
}

/// SS is loaded from memory that breakpoint 1 watches, then `last` is executed.
Machine::Result run_behind_stack_load(Machine& m, const std::vector<u8>& last) {
  m.ram().write_value<u16>(Machine::data_at, Machine::data0);
  m.enter_protected();
  m.cpu().dr[1] = Machine::data_at;
  m.cpu().dr7 = breakpoint(1, read_write, four_bytes);
  m.cpu().dr6 = nothing;
  m.cpu().update_tlb_view();
  std::vector<u8> code{0x8E, 0x15, 0x00, 0x80, 0x02, 0x00};  // mov ss, [data_at]
  for (const u8 byte : last) code.push_back(byte);
  return m.run(code);
}

}  // namespace

TEST_CASE("B0-B3 tell of the last #DB alone, BS stays until software clears it (§17.2.3)") {
  Machine m;
  m.enter_protected();
  m.cpu().dr[2] = Machine::code_at;
  m.cpu().dr7 = breakpoint(2, execution, 0);
  m.cpu().dr6 = nothing | single_step | 1u << 1;
  const auto r = m.run({0x90, 0xF4});
  CHECK(r.vector == 1);
  CHECK(r.rip == Machine::code_at);
  CHECK(m.cpu().dr6 == (nothing | single_step | 1u << 2));
}

TEST_CASE("INT1 behind a load of SS reports the breakpoint that the load has met (§6.8.3)") {
  Machine m;
  const auto r = run_behind_stack_load(m, {0xF1, 0xF4});
  CHECK(r.vector == 1);
  CHECK(r.rip == Machine::code_at + 7);
  CHECK(m.cpu().dr6 == (nothing | 1u << 1));
  CHECK(m.cpu().pending_debug == 0);
}

TEST_CASE("INT 1 behind a load of SS leaves the breakpoint to a #DB of its own (§6.8.3)") {
  Machine m;
  const auto r = run_behind_stack_load(m, {0xCD, 0x01, 0xF4});
  CHECK(r.vector == 1);
  CHECK(r.rip == Machine::handler(1));
  CHECK(m.cpu().dr6 == (nothing | 1u << 1));
  CHECK(m.stack32(3) == Machine::code_at + 8);
}

TEST_CASE("INT1 alone sets no bit of DR6 (§17.2.3)") {
  Machine m;
  m.enter_protected();
  m.cpu().dr6 = nothing;
  CHECK(m.run({0xF1, 0xF4}).vector == 1);
  CHECK(m.cpu().dr6 == nothing);
}

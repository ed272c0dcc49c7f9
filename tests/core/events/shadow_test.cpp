// STI, MOV SS and POP SS hold events back for one boundary: SDM Vol. 2 (STI, MOV), Vol. 3 §6.8.3.
#include "tests/catch.h"
#include "tests/core/events/event_machine.h"

using namespace apicsim;

namespace {

constexpr u64 code_at = EventMachine::code_at;
constexpr u8 selector = 0x18;
/// mov %eax, %ss and pop %ss do not exist in 64-bit mode as one byte; mov does.
constexpr std::initializer_list<u8> mov_ss = {0x8E, 0xD0};

std::vector<u8> with_nops(std::initializer_list<u8> first, unsigned times = 1) {
  std::vector<u8> code;
  for (unsigned n = 0; n < times; ++n) code.insert(code.end(), first);
  code.insert(code.end(), {0x90, 0x90, 0x90, 0x90, 0xF4});
  return code;
}

void start(EventMachine& machine, const std::vector<u8>& code, u64 flags) {
  machine.prepare();
  machine.put_code(code);
  machine.cpu().registers[0] = selector;
  machine.cpu().set_flags(flags);
}

}  // namespace

TEST_CASE("STI with IF clear holds maskable interrupts, NMI and SMI back for one instruction") {
  EventMachine machine;
  for (const DeliveryMode mode :
       {DeliveryMode::fixed, DeliveryMode::ext_int, DeliveryMode::nmi, DeliveryMode::smi}) {
    INFO(static_cast<int>(mode));
    start(machine, with_nops({0xFB}), 0);
    machine.step();
    machine.message(mode, EventMachine::fixed_vector);
    machine.step();
    CHECK(machine.cpu().rip == code_at + 2);
    CHECK_FALSE(machine.cpu().smm.active);
    CHECK(machine.log.entries.empty());
    machine.step();
    CHECK((machine.cpu().smm.active || machine.log.entries.size() == 1));
  }
}

TEST_CASE("STI with IF set holds nothing back, and of several STI only the first does") {
  EventMachine machine;
  start(machine, with_nops({0xFB}), rflags::interrupt);
  machine.step();
  machine.message(DeliveryMode::fixed, EventMachine::fixed_vector);
  machine.step();
  CHECK(machine.interrupted_rip() == code_at + 1);
  start(machine, with_nops({0xFB, 0xFB, 0xFB}), 0);
  machine.step();
  machine.message(DeliveryMode::fixed, EventMachine::fixed_vector);
  machine.steps(2);
  CHECK(machine.interrupted_rip() == code_at + 2);
}

TEST_CASE("STI, CLI lets no interrupt in between") {
  EventMachine machine;
  start(machine, with_nops({0xFB, 0xFA}), 0);
  machine.message(DeliveryMode::fixed, EventMachine::fixed_vector);
  machine.run();
  CHECK(machine.log.entries.empty());
}

TEST_CASE("STI, HLT sleeps and wakes: an interrupt that was there already does not get lost") {
  EventMachine machine;
  start(machine, with_nops({0xFB, 0xF4}), 0);
  machine.message(DeliveryMode::fixed, EventMachine::fixed_vector);
  machine.steps(3);
  CHECK(machine.took(false, EventMachine::fixed_vector));
  CHECK(machine.interrupted_rip() == code_at + 2);
}

TEST_CASE("MOV SS holds interrupts, NMI, SMI and debug traps back for one instruction (§6.8.3)") {
  EventMachine machine;
  for (const DeliveryMode mode :
       {DeliveryMode::fixed, DeliveryMode::ext_int, DeliveryMode::nmi, DeliveryMode::smi}) {
    INFO(static_cast<int>(mode));
    start(machine, with_nops(mov_ss), rflags::interrupt);
    machine.step();
    machine.message(mode, EventMachine::fixed_vector);
    machine.step();
    CHECK(machine.cpu().rip == code_at + 3);
    CHECK(machine.log.entries.empty());
    machine.step();
    CHECK((machine.cpu().smm.active || machine.log.entries.size() == 1));
  }
}

TEST_CASE("Of stack loads in a row the second one holds nothing back (§6.8.3)") {
  EventMachine machine;
  start(machine, with_nops(mov_ss, 3), rflags::interrupt);
  machine.message(DeliveryMode::fixed, EventMachine::fixed_vector, 1);
  machine.run();
  CHECK(machine.took(false, EventMachine::fixed_vector));
  CHECK(machine.interrupted_rip() == code_at + 4);
}

TEST_CASE("TF traps behind the instruction that follows a stack load, not behind the load") {
  EventMachine machine;
  start(machine, with_nops(mov_ss), rflags::tf);
  machine.steps(3);
  CHECK(machine.took(true, vector::debug));
  CHECK(machine.interrupted_rip() == code_at + 3);
}

TEST_CASE("A stack load keeps a breakpoint off the next instruction, also if that goes outside") {
  EventMachine machine;
  // mov %eax, %ss; mov 0xFEE00020, %ecx: an access to the APIC page waits for the CPU's turn.
  const std::vector<u8> code = {0x8E, 0xD0, 0x8B, 0x0B, 0x90, 0xF4};
  for (const bool outside : {false, true}) {
    start(machine, code, 0);
    machine.cpu().registers[3] = outside ? 0xFEE00020 : EventMachine::data_at;
    machine.cpu().dr[0] = code_at + 2;
    machine.cpu().dr7 |= 1;
    machine.run();
    CHECK(machine.log.entries.empty());
    CHECK(machine.cpu().activity == Activity::halted);
  }
}

TEST_CASE("TF on the access outside that follows a stack load traps once, behind it") {
  EventMachine machine;
  start(machine, {0x8E, 0xD0, 0x8B, 0x0B, 0x90, 0xF4}, rflags::tf);
  machine.cpu().registers[3] = 0xFEE00020;
  machine.steps(3);
  CHECK(machine.count_of(true, vector::debug) == 1);
  CHECK(machine.interrupted_rip() == code_at + 4);
}

TEST_CASE("A data breakpoint on the stack load itself is delivered behind the next instruction") {
  EventMachine machine;
  start(machine, {0x8E, 0x13, 0x90, 0x90, 0xF4}, 0);  // mov (%rbx), %ss; nop; nop
  machine.cpu().registers[3] = EventMachine::data_at;
  machine.ram().write_value<u16>(EventMachine::data_at, selector);
  machine.cpu().dr[1] = EventMachine::data_at;
  machine.cpu().dr7 |= 0x4 | 0x00700000;  // read or write, two bytes
  machine.run();
  CHECK(machine.took(true, vector::debug));
  CHECK(machine.interrupted_rip() == code_at + 3);
  CHECK((machine.cpu().dr6 & 0xF) == 2);
}

TEST_CASE("The shadow ends with an exception of the instruction that stands in it (§6.8.3)") {
  EventMachine machine;
  start(machine, {0x8E, 0xD0, 0x0F, 0x0B}, rflags::interrupt);  // mov %eax, %ss; ud2
  machine.step();
  machine.message(DeliveryMode::nmi);
  machine.steps(2);
  REQUIRE(machine.log.entries.size() == 2);
  CHECK(machine.log.entries[0].vector == vector::invalid_opcode);
  CHECK(machine.log.entries[1].vector == vector::nmi);
}

TEST_CASE("INT n clears TF and is followed by no trap (SDM Vol. 3 §17.3.1.4)") {
  EventMachine machine;
  start(machine, {0xCD, 0x60, 0x90, 0xF4}, rflags::tf);
  machine.run();
  CHECK(machine.count_of(true, vector::debug) == 0);
  CHECK(machine.interrupted_rip() == code_at + 2);
}

TEST_CASE("Interrupts between iterations of a repeated instruction push RF set (§17.3.1.1)") {
  EventMachine machine;
  start(machine, {0xF3, 0xAA, 0x90, 0xF4}, rflags::interrupt);  // rep stosb; nop
  machine.cpu().registers[1] = 1000;
  machine.cpu().registers[7] = EventMachine::data_at;
  machine.message(DeliveryMode::fixed, EventMachine::fixed_vector, 100);
  machine.run();
  CHECK(machine.interrupted_rip() == code_at);
  CHECK((machine.interrupted_flags() & rflags::rf) != 0);
  CHECK(machine.cpu().registers[1] == 900);
  start(machine, {0xF3, 0xAA, 0x90, 0xF4}, rflags::interrupt);
  machine.cpu().registers[1] = 10;
  machine.cpu().registers[7] = EventMachine::data_at;
  machine.message(DeliveryMode::fixed, EventMachine::fixed_vector, 10);
  machine.run();
  CHECK(machine.interrupted_rip() == code_at + 2);
  CHECK((machine.interrupted_flags() & rflags::rf) == 0);
}

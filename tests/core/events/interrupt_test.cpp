// NMI, external interrupts, and what ends HLT.
#include "tests/catch.h"
#include "tests/core/events/event_machine.h"

using namespace apicsim;

namespace {

constexpr u64 code_at = EventMachine::code_at;

/// inc %rax; jmp back: an instruction a cycle, for ever.
constexpr std::initializer_list<u8> counting = {0x48, 0xFF, 0xC0, 0xEB, 0xFB};

Cycle delivery_time(EventMachine& machine, DeliveryMode mode) {
  machine.prepare(counting);
  machine.message(mode, EventMachine::fixed_vector);
  const Cycle before = machine.cpu().cycle;
  machine.step();
  return machine.cpu().cycle - before;
}

}  // namespace

// --- NMI ----------------------------------------------------------------------------------------

TEST_CASE("NMIs during the handler of one collapse to one more, behind IRET (SDM Vol. 3 §6.7.1)") {
  EventMachine machine;
  // inc %rbx; iretq
  machine.put(EventMachine::handler_at + 0x100, {0x48, 0xFF, 0xC3, 0x48, 0xCF});
  machine.set_gate(vector::nmi, EventMachine::handler_at + 0x100);
  machine.message(DeliveryMode::nmi);
  machine.step();
  REQUIRE(machine.cpu().rip == EventMachine::handler_at + 0x100);
  for (unsigned n = 0; n < 10; ++n) machine.message(DeliveryMode::nmi);
  machine.run();
  CHECK(machine.cpu().registers[3] == 2);
}

TEST_CASE("IRET unblocks NMI even when it faults, before the handler of that fault (§6.7.1)") {
  EventMachine machine;
  machine.put(EventMachine::handler_at + 0x100, {0x48, 0xCF});  // iretq
  machine.set_gate(vector::nmi, EventMachine::handler_at + 0x100);
  machine.message(DeliveryMode::nmi);
  machine.step();
  REQUIRE(machine.cpu().nmi_blocked);
  machine.ram().write_value<u64>(EventMachine::stack_at + 0x800 - 32, 0x28);  // CS beyond the GDT
  machine.message(DeliveryMode::nmi);
  machine.step();
  machine.step();
  REQUIRE(machine.log.entries.size() == 3);
  CHECK(machine.log.entries[1].vector == vector::general_protection);
  CHECK(machine.log.entries[2].vector == vector::nmi);
}

TEST_CASE("INIT and SMI are taken while NMI is blocked, NMI is not (§6.7.1, §9.1)") {
  EventMachine machine;
  machine.cpu().nmi_blocked = true;
  machine.message(DeliveryMode::nmi);
  machine.step();
  CHECK(machine.log.entries.empty());
  machine.message(DeliveryMode::smi);
  machine.step();
  CHECK(machine.cpu().smm.active);
  machine.prepare();
  machine.cpu().nmi_blocked = true;
  machine.message(DeliveryMode::init);
  machine.step();
  CHECK(machine.cpu().segment(Seg::cs).base == 0xFFFF0000);
}

TEST_CASE("SIPI is ignored by a CPU that does not wait for it (SDM Vol. 3 §8.4.2)") {
  EventMachine machine;
  machine.message(DeliveryMode::start_up, 0x12);
  machine.steps(2);
  CHECK(machine.cpu().rip == code_at + 2);
  CHECK_FALSE(machine.cpu().apic().start_up_vector());
}

// --- external interrupts ------------------------------------------------------------------------

TEST_CASE("ExtINT takes its vector from the controller, past IRR, ISR and PPR (§11.5.1)") {
  EventMachine machine;
  machine.cpu().apic().write_page(0x80, 4, 0xF0, machine.cpu().cycle);  // TPR
  machine.message(DeliveryMode::ext_int);
  machine.step();
  CHECK(machine.took(false, 0x50));
  CHECK(machine.controller.asked.size() == 1);
  CHECK_FALSE(machine.cpu().apic().in_service(0x50));
  machine.run();
  CHECK(machine.controller.asked.size() == 1);
}

TEST_CASE("ExtINT may bring any vector, also those below 32") {
  EventMachine machine;
  for (const u8 number : {0x02, 0x08, 0x0E, 0x1F, 0xFF}) {
    machine.prepare();
    machine.controller.vector = number;
    machine.message(DeliveryMode::ext_int);
    machine.step();
    CHECK(machine.controller.asked.size() == 1);
    CHECK_FALSE(machine.cpu().nmi_blocked);
    CHECK(machine.interrupted_rip() == code_at);
  }
}

TEST_CASE("ExtINT waits for IF") {
  EventMachine machine;
  machine.cpu().set_flags(0);
  machine.message(DeliveryMode::ext_int);
  machine.steps(2);
  CHECK(machine.controller.asked.empty());
  machine.cpu().set_flags(rflags::interrupt);
  machine.step();
  CHECK(machine.controller.asked.size() == 1);
}

TEST_CASE("With the APIC disabled LINT0 is INTR and LINT1 is NMI (SDM Vol. 3 §11.4.3)") {
  EventMachine machine;
  Cpu& cpu = machine.cpu();
  REQUIRE(cpu.apic().write_apic_base(cpu.apic().apic_base() & ~u64{0x800}, cpu.cycle));
  cpu.apic().set_lint(0, true, cpu.cycle);
  machine.step();
  CHECK(machine.took(false, 0x50));
  cpu.apic().set_lint(0, false, cpu.cycle);
  cpu.apic().set_lint(1, true, cpu.cycle);
  machine.step();
  CHECK(machine.count_of(true, vector::nmi) == 1);
}

TEST_CASE("LINT0 as ExtINT interrupts for as long as the controller drives it") {
  EventMachine machine;
  Cpu& cpu = machine.cpu();
  machine.put(EventMachine::handler_at, {0xFB, 0x90, 0x90, 0xF4});  // sti; nop; nop; hlt
  cpu.apic().write_page(0x350, 4, 0x700, cpu.cycle);
  cpu.apic().set_lint(0, true, cpu.cycle);
  machine.steps(4);
  CHECK(machine.controller.asked.size() == 2);
  cpu.apic().set_lint(0, false, cpu.cycle);
  machine.run();
  CHECK(machine.controller.asked.size() == 2);
}

TEST_CASE("Nobody at the INTA cycle: the bus floats, vector FFh") {
  EventMachine machine;
  machine.complex().set_interrupt_acknowledge(nullptr);
  machine.message(DeliveryMode::ext_int);
  machine.step();
  CHECK(machine.took(false, 0xFF));
}

// --- HLT ----------------------------------------------------------------------------------------

TEST_CASE("NMI, SMI, INIT, and interrupts with IF set end HLT, masked ones do not (Vol. 2, HLT)") {
  struct Row {
    DeliveryMode mode;
    bool interrupts_on, wakes;
  };
  constexpr Row rows[] = {
      {DeliveryMode::nmi, false, true},      {DeliveryMode::smi, false, true},
      {DeliveryMode::init, false, true},     {DeliveryMode::fixed, true, true},
      {DeliveryMode::fixed, false, false},   {DeliveryMode::ext_int, true, true},
      {DeliveryMode::ext_int, false, false}, {DeliveryMode::start_up, true, false}};
  EventMachine machine;
  for (const Row& row : rows) {
    INFO(static_cast<int>(row.mode) << " IF " << row.interrupts_on);
    machine.prepare({0xF4, 0x90, 0x90, 0xF4});
    machine.cpu().set_flags(row.interrupts_on ? rflags::interrupt : 0);
    machine.step();
    REQUIRE(machine.cpu().activity == Activity::halted);
    CHECK(machine.cpu().wake_time() == never);
    machine.message(row.mode, EventMachine::fixed_vector, 500);
    CHECK(machine.cpu().wake_time() == machine.cpu().cycle + 500);
    machine.cpu().cycle += 500;
    machine.step();
    CHECK((machine.cpu().activity == Activity::running) == row.wakes);
    CHECK((machine.cpu().wake_time() == never) != row.wakes);
  }
}

TEST_CASE("The handler of an interrupt that ends HLT returns behind it") {
  EventMachine machine;
  machine.prepare({0xF4, 0x90, 0x90, 0xF4});
  machine.message(DeliveryMode::fixed, EventMachine::fixed_vector, 1);
  machine.steps(2);
  CHECK(machine.interrupted_rip() == code_at + 1);
}

// --- time ---------------------------------------------------------------------------------------

TEST_CASE("From acceptance to the handler it takes event_delivery, with INTA cycles for ExtINT") {
  EventMachine machine([](CpuComplexConfig& config) {
    config.latencies.event_delivery = 300;
    config.latencies.interrupt_acknowledge = 77;
  });
  CHECK(delivery_time(machine, DeliveryMode::fixed) == 300);
  CHECK(delivery_time(machine, DeliveryMode::nmi) == 300);
  CHECK(delivery_time(machine, DeliveryMode::ext_int) == 377);
  REQUIRE(machine.log.entries.size() == 1);
  CHECK(machine.controller.asked.front() == machine.log.entries.front().accepted);
}

TEST_CASE("An event is taken at the boundary of the cycle in which it arrives, not before") {
  EventMachine machine;
  for (const DeliveryMode mode : {DeliveryMode::fixed, DeliveryMode::ext_int, DeliveryMode::nmi})
    for (const Cycle later : {1u, 2u, 63u, 64u, 65u, 1000u, 1001u}) {
      machine.prepare(counting);
      const Cycle start = machine.cpu().cycle;
      machine.message(mode, EventMachine::fixed_vector, later);
      machine.run();
      CHECK(machine.interrupted_rip() == code_at + (later % 2 ? 3 : 0));
      const Cycle acknowledged = mode == DeliveryMode::ext_int ? machine.controller.asked.front()
                                                               : machine.log.entries.front().cycle;
      CHECK(acknowledged == start + later);
    }
}

TEST_CASE("What arrives while an event is delivered waits for no instruction of its handler") {
  EventMachine machine([](CpuComplexConfig& config) { config.latencies.event_delivery = 300; });
  machine.message(DeliveryMode::fixed, EventMachine::fixed_vector);
  machine.message(DeliveryMode::nmi, 0, 100);
  machine.run();
  REQUIRE(machine.log.entries.size() == 2);
  CHECK(machine.log.entries[1].cycle == machine.log.entries[0].cycle + 300);
}

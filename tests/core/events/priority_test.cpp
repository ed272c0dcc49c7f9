// SDM Vol. 3 table 6-2: of two events at one boundary the one with the higher priority comes first.
#include "tests/catch.h"
#include "tests/core/events/event_machine.h"

using namespace apicsim;

namespace {

/// In the order of the table; the faults of the last three rows share an instruction and come one
/// instead of the other.
enum class Event {
  machine_check,
  task_switch_trap,
  smi,
  init,
  debug_trap,
  nmi,
  ext_int,
  fixed,
  code_breakpoint,
  fetch_fault,
  decode_fault,
  execution_fault
};
constexpr Event events[] = {Event::machine_check,
                            Event::task_switch_trap,
                            Event::smi,
                            Event::init,
                            Event::debug_trap,
                            Event::nmi,
                            Event::ext_int,
                            Event::fixed,
                            Event::code_breakpoint,
                            Event::fetch_fault,
                            Event::decode_fault,
                            Event::execution_fault};

bool fault_of_instruction(Event e) { return e >= Event::fetch_fault; }

void raise(EventMachine& machine, Event event) {
  Cpu& cpu = machine.cpu();
  switch (event) {
    case Event::machine_check:
      cpu.cr4 |= cr4::mce;
      cpu.msr.mcg_status = 0;
      cpu.machine_check_due = true;
      break;
    case Event::task_switch_trap:
      cpu.pending_debug |= task_switch_trap;
      break;
    case Event::smi:
      return machine.message(DeliveryMode::smi);
    case Event::init:
      return machine.message(DeliveryMode::init);
    case Event::debug_trap:
      cpu.pending_debug |= single_step_trap;
      break;
    case Event::nmi:
      return machine.message(DeliveryMode::nmi);
    case Event::ext_int:
      return machine.message(DeliveryMode::ext_int);
    case Event::fixed:
      return machine.message(DeliveryMode::fixed, EventMachine::fixed_vector);
    case Event::code_breakpoint:
      cpu.dr[0] = cpu.rip;
      cpu.dr7 |= 1;
      break;
    case Event::fetch_fault:
      cpu.rip = u64{1} << 40;  // not mapped
      if (cpu.dr7 & 1) cpu.dr[0] = cpu.rip;
      break;
    case Event::decode_fault:
      return machine.put_code({0x0F, 0x0B});  // ud2
    case Event::execution_fault:
      return machine.put_code({0xF7, 0xF1});  // div %ecx, which is 0
  }
}

/// Which event came first; the ones that leave no record are told by their effect.
Event first_taken(EventMachine& machine) {
  Cpu& cpu = machine.cpu();
  if (!machine.log.entries.empty()) {
    const EventLog::Entry& e = machine.log.entries.front();
    if (!e.exception) return e.vector == EventMachine::fixed_vector ? Event::fixed : Event::ext_int;
    switch (e.vector) {
      case vector::debug:
        return cpu.dr6 & 1                  ? Event::code_breakpoint
               : cpu.dr6 & task_switch_trap ? Event::task_switch_trap
                                            : Event::debug_trap;
      case vector::machine_check:
        return Event::machine_check;
      case vector::nmi:
        return Event::nmi;
      case vector::page_fault:
        return Event::fetch_fault;
      case vector::invalid_opcode:
        return Event::decode_fault;
      default:
        return Event::execution_fault;
    }
  }
  return cpu.smm.active ? Event::smi : Event::init;
}

}  // namespace

TEST_CASE("Of two events at a boundary the one higher in table 6-2 is taken (SDM Vol. 3 §6.9)") {
  EventMachine machine;
  for (const Event high : events)
    for (const Event low : events) {
      if (low <= high || (fault_of_instruction(high) && fault_of_instruction(low))) continue;
      const bool same_trap = high == Event::task_switch_trap && low == Event::debug_trap;
      if (same_trap) continue;  // one #DB with both bits
      INFO(static_cast<int>(high) << " against " << static_cast<int>(low));
      machine.prepare();
      raise(machine, low);
      raise(machine, high);
      machine.step();
      CHECK(first_taken(machine) == high);
    }
}

TEST_CASE("What a higher event has put off is taken next (SDM Vol. 3 §6.9)") {
  EventMachine machine;
  for (const Event low : {Event::nmi, Event::ext_int, Event::fixed}) {
    machine.prepare();
    raise(machine, low);
    raise(machine, Event::debug_trap);
    machine.put(EventMachine::handler_at, {0xFB, 0x90, 0x90, 0xF4});  // sti; nop; nop; hlt
    machine.steps(6);
    REQUIRE(machine.log.entries.size() >= 2);
    CHECK(machine.log.entries[0].vector == vector::debug);
    machine.log.entries.erase(machine.log.entries.begin());
    CHECK(first_taken(machine) == low);
  }
}

TEST_CASE("A trap of a task switch and one of the instruction before are one #DB with both bits") {
  EventMachine machine;
  machine.cpu().pending_debug = task_switch_trap | single_step_trap;
  machine.steps(3);
  CHECK(machine.count_of(true, vector::debug) == 1);
  CHECK((machine.cpu().dr6 & (task_switch_trap | single_step_trap)) ==
        (task_switch_trap | single_step_trap));
}

TEST_CASE("INIT drops what waits for the CPU: debug traps, NMI blocking, shadows (§9.1.4)") {
  EventMachine machine;
  machine.cpu().nmi_blocked = true;
  raise(machine, Event::init);
  raise(machine, Event::debug_trap);
  machine.step();
  CHECK(machine.log.entries.empty());
  CHECK(machine.cpu().pending_debug == 0);
  CHECK_FALSE(machine.cpu().nmi_blocked);
  CHECK(machine.cpu().segment(Seg::cs).base == 0xFFFF0000);
}

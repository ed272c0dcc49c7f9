// Events in timed execution: taken at the first retirement from their arrival on.
#include "tests/catch.h"
#include "tests/core/events/event_machine.h"
#include "tests/support/timed_config.h"

using namespace apicsim;

namespace {

/// 300 dependent multiplications: one retires every third cycle.
std::vector<u8> chain() {
  std::vector<u8> code;
  for (unsigned n = 0; n < 300; ++n) code.insert(code.end(), {0x48, 0x0F, 0xAF, 0xDB});
  code.push_back(0xF4);
  return code;
}
constexpr unsigned chain_step = 4;  ///< bytes of a multiplication

void with_timing(CpuComplexConfig& config) {
  config.timing = test_timing(1);
  config.latencies.event_delivery = 300;
  config.latencies.interrupt_acknowledge = 77;
  config.latencies.smi_entry = 1000;
}

/// Multiplications that had retired when an event came that arrived `later` cycles from the start.
u64 retired_before(EventMachine& machine, DeliveryMode mode, Cycle later) {
  machine.prepare();
  machine.put_code(chain());
  machine.cpu().timing()->board().resume(machine.cpu().cycle);
  machine.message(mode, EventMachine::fixed_vector, later);
  const u64 before = machine.cpu().instructions;
  while (machine.log.entries.empty() && !machine.cpu().smm.active)
    machine.cpu().run(machine.cpu().cycle + 10'000, never);
  const u64 rip = mode == DeliveryMode::smi ? machine.ram().read_value<u64>(0x3FFD8)
                                            : machine.interrupted_rip();
  const u64 retired = (rip - EventMachine::code_at) / chain_step;
  CHECK(machine.cpu().instructions - before >= retired);
  return retired;
}

}  // namespace

TEST_CASE("Timed: three cycles later is one multiplication later, for every kind of event") {
  EventMachine machine(with_timing);
  // Once through, so that all code is in the caches.
  machine.put_code(chain());
  machine.run();
  for (const DeliveryMode mode :
       {DeliveryMode::fixed, DeliveryMode::ext_int, DeliveryMode::nmi, DeliveryMode::smi}) {
    INFO(static_cast<int>(mode));
    retired_before(machine, mode, 800);  // its tables, too, and translations
    const u64 at = retired_before(machine, mode, 600);
    CHECK(retired_before(machine, mode, 603) == at + 1);
    CHECK(retired_before(machine, mode, 660) == at + 20);
  }
}

TEST_CASE("Timed: the handler starts event_delivery behind the boundary, INTA cycles come before") {
  EventMachine machine(with_timing);
  const auto delivery = [&](DeliveryMode mode) {
    machine.prepare();
    machine.message(mode, EventMachine::fixed_vector);
    const Cycle before = machine.cpu().cycle;
    machine.step();
    return machine.cpu().cycle - before;
  };
  struct Row {
    DeliveryMode mode;
    Cycle cycles;
  };
  for (const Row& row : {Row{DeliveryMode::fixed, 300}, Row{DeliveryMode::nmi, 300},
                         Row{DeliveryMode::ext_int, 377}, Row{DeliveryMode::smi, 1000}}) {
    delivery(row.mode);  // tables and stack into the caches
    CHECK(delivery(row.mode) == row.cycles);
  }
}

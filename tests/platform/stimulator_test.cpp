#include "sim/platform/stimulator.h"

#include "tests/catch.h"
#include "tests/support/bare_machine.h"

using namespace apicsim;

TEST_CASE("What the scenario lets happen to a CPU happens in its cycle, not before") {
  constexpr Cycle moment = 5000;
  BareMachine machine;
  const Timebase timebase(BareMachine::model().reference_hz);
  Stimulator stimulator("stimuli", {{CpuStimulus::Kind::core_temperature, moment, 0, 97, 0}},
                        timebase, machine.complex());
  machine.map_identity();
  machine.load(0x100000, {0x48, 0xFF, 0xC0, 0xEB, 0xFB});
  machine.enter_64bit(0, 0x100000, 0x200000);
  Cpu& cpu = machine.cpu();
  cpu.msr.thermal_interrupt = thermal_interrupt::high;
  cpu.apic().write_page(0xF0, 4, 0x1FF, 0);
  cpu.apic().write_page(0x330, 4, 0x45, 0);  // thermal LVT; interrupts stay masked by IF
  machine.complex().set_cycle_limit(moment + 100);
  sc_core::sc_start();
  CHECK(cpu.apic().requested(0x45));
  CHECK(cpu.apic().accepted_at(0x45) == moment);
  CHECK((cpu.core_sensor().status() & thermal_status::hot) != 0);
}

#pragma once

#include <memory>

#include "models/devices/cmos_rtc.h"
#include "models/devices/hpet.h"
#include "models/devices/pit_8254.h"
#include "sim/platform/address_spaces.h"
#include "sim/platform/bus_monitor.h"
#include "sim/platform/interrupt_wiring.h"
#include "sim/platform/isa_interrupts.h"
#include "sim/scenario/machine.h"

namespace apicsim {

/// The board's clocks that a machine description names: interval timer, calendar clock, HPET.
class Timers {
 public:
  Timers(const Machine& machine, const Timebase& timebase, AddressSpaces spaces, BusMonitor& bus,
         InterruptWiring& wiring, IsaInterrupts& isa, NmiLogic& nmi);

 private:
  void add_hpet(const HpetDevice& device, const Timebase& timebase, AddressMap& memory,
                BusMonitor& bus, InterruptWiring& wiring, IsaInterrupts& isa);
  void add_rtc(const Machine& machine, const Timebase& timebase, AddressMap& ports,
               InterruptLine* line);

  std::unique_ptr<Pit8254> m_pit;
  std::unique_ptr<CmosRtc> m_rtc;
  std::unique_ptr<Hpet> m_hpet;
};

}  // namespace apicsim

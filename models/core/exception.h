#pragma once

#include "models/core/cpu.h"

namespace apicsim {

/// Enters the handler of an event once, without double faults. False: the fault that stopped it is
/// recorded and registers are unchanged. Software interrupts use this and fault at themselves.
bool enter_event_handler(Cpu& cpu, const Fault& event, Cpu::EventKind kind, u64 return_rip);

/// Whether a fault during the delivery of `first` becomes a double fault (SDM Vol. 3 table 6-5).
bool makes_double_fault(u8 first, u8 second);

}  // namespace apicsim

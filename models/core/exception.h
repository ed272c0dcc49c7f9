#pragma once

#include "models/core/cpu.h"

namespace apicsim {

/// How far the delivery of an event came.
enum class Entered : u8 {
  no,  ///< a fault is recorded, registers are unchanged
  yes,
  faulted,  ///< a task gate has switched to a task, and the recorded fault is the first it meets
};

/// Enters the handler of an event once, without double faults. Software interrupts use this and
/// fault at themselves.
Entered enter_event_handler(Cpu& cpu, const Fault& event, Cpu::EventKind kind, u64 return_rip);

/// What a #DB leaves behind: DR6 with its conditions and those that a stack load has held back,
/// DR7.GD, BTF and LBR clear.
void latch_debug_state(Cpu& cpu, u64 conditions);

/// Whether a fault during the delivery of `first` becomes a double fault (SDM Vol. 3 table 6-5).
bool makes_double_fault(u8 first, u8 second);

}  // namespace apicsim

#pragma once

#include "models/core/cpu.h"

namespace apicsim {

/// SYSCALL, SYSRET, SYSENTER, SYSEXIT (SDM Vol. 2; Vol. 3 §5.8.7, §5.8.8). `wide`: REX.W.
/// RIP is set; false: the fault is recorded and nothing changed.
bool system_call(Cpu& cpu, u64 next_rip, bool wide);
bool system_return(Cpu& cpu, u64 next_rip, bool wide);
bool system_enter(Cpu& cpu, u64 next_rip, bool wide);
bool system_exit(Cpu& cpu, u64 next_rip, bool wide);

}  // namespace apicsim

#pragma once

#include "models/core/cpu.h"

namespace apicsim {

/// Far transfers, SDM Vol. 2 (CALL, JMP, RET, IRET) and Vol. 3 §5.8. RIP, CS and, where the level
/// changes, SS:RSP are set; false: the fault is recorded and nothing changed. A transfer that has
/// switched tasks is true also where the new task faults at once: the fault is recorded, to be
/// delivered at the new RIP.

/// `offset` already cut to the operand size (`size` 2, 4 or 8 bytes, also that of the pushes).
bool far_jump(Cpu& cpu, u16 selector, u64 offset, u64 return_rip);
bool far_call(Cpu& cpu, u16 selector, u64 offset, unsigned size, u64 return_rip);
/// `release`: bytes of parameters that RET n drops on both stacks.
bool far_return(Cpu& cpu, unsigned size, u16 release);
bool interrupt_return(Cpu& cpu, unsigned size, u64 return_rip);

}  // namespace apicsim

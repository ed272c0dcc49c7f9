#pragma once

#include "guest/arch/ptregs.h"
#include "guest/include/types.h"

// Set by the owner of ring 3: may repair a fault at `address` (CR2) in user space, raised in ring 3
// or by the kernel on behalf of the running task. True: go on.
extern bool (*user_fault_handler)(pt_regs* regs, u64 error_code, u64 address);

// Page-fault error code (SDM Vol. 3 §4.7).
inline constexpr u64 kFaultPresent = 1, kFaultWrite = 2, kFaultUser = 4, kFaultReserved = 8;
inline constexpr u64 kFaultInstruction = 16;

// True if a kernel instruction with a fixup faulted: regs->ip is then the fixup.
bool fixup_exception(pt_regs* regs);

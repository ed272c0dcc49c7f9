#pragma once

#include "guest/arch/ptregs.h"
#include "guest/include/types.h"

// The SYSCALL entry calls sys_call_table[rax] with the user's rdi, rsi, rdx, r10, r8, r9 as
// arguments; the result goes to rax. Numbers from nr_syscalls on, and null entries, give -ENOSYS.
extern "C" {
using SyscallFunction = long (*)(u64, u64, u64, u64, u64, u64);
extern const SyscallFunction sys_call_table[];
extern const u64 nr_syscalls;

// The table's entry for execve (59): drops the return address into the entry code, so that it is
// the last frame of a call trace, and calls sys_execve(); leaves by IRETQ with whatever
// sys_execve() has put into current_pt_regs().
long stub_execve(u64, u64, u64, u64, u64, u64);
long sys_execve(const char* filename, const char* const* argv, const char* const* envp);

// Leaves the kernel with these registers; does not return. Interrupts are off on entry.
[[noreturn]] void return_to_user(pt_regs* regs);
}

// The registers of the user at the top of the running task's stack.
pt_regs* current_pt_regs();

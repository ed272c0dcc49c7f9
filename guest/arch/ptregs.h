#pragma once

#include "guest/include/types.h"

// What every entry into the kernel leaves at the top of the stack, in the order of the 64-bit
// `struct pt_regs` (arch/x86/include/uapi/asm/ptrace.h); tools that read dumps rely on it.
struct pt_regs {
  u64 r15, r14, r13, r12, bp, bx;
  u64 r11, r10, r9, r8, ax, cx, dx, si, di;
  u64 orig_ax;  // system call number, error code, or ~vector
  u64 ip, cs, flags, sp, ss;
};
static_assert(sizeof(pt_regs) == 21 * 8, "21 words");

inline bool user_mode(const pt_regs* regs) { return (regs->cs & 3) == 3; }

#pragma once

#include "guest/arch/ptregs.h"
#include "guest/include/types.h"

// Prints an oops in the kernel's format; then the task ends, or everything does where it cannot.
void die(const char* what, pt_regs* regs, u64 error_code);
void die_page_fault(pt_regs* regs, u64 error_code, u64 address);

// If regs->ip is a UD2 of BUG(): prints its place. True if it was a mere warning.
bool report_bug(const pt_regs* regs);

void dump_stack();
// Lines of a call trace from `stack` on; `bp` is the frame pointer of the innermost function.
void show_trace(const u64* stack, u64 bp);

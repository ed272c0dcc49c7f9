#pragma once

#include "guest/arch/ptregs.h"
#include "guest/include/types.h"

// Prints an oops in the kernel's format; then the task ends, or everything does where it cannot.
void die(const char* what, pt_regs* regs, u64 error_code);
// The stack is gone, so nothing can go on.
[[noreturn]] void die_double_fault(pt_regs* regs, u64 error_code);
void die_page_fault(pt_regs* regs, u64 error_code, u64 address);

// Where the running code was called from; for warnings and panics.
void dump_stack();
// The words on the stack, twelve at most.
void show_stack_words(const u64* stack);
// Lines of a call trace from `stack` on; `bp` is the frame pointer of the innermost function.
void show_trace(const u64* stack, u64 bp);

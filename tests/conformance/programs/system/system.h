#pragma once

#include "runtime/cpu.h"

/// #SS, and #GP which some emulators raise instead: need a stack of their own while RSP is bad.
constexpr unsigned stack_fault_vectors[] = {12, 13};

extern "C" u8 user_stack[4096];
u64 user_stack_top();
/// The tables of the processor that the program runs on.
inline u64 (&gdt)[gdt_entries] = cpus[0].gdt;
inline TaskSegment& task_segment = cpus[0].task_segment;

void check_faults();
void check_paging();
void check_privilege();
void check_segments();
void check_registers();
void check_debug();

#pragma once

#include "guest/include/types.h"

// Interrupt stack table indices (Linux 3.13 asm/page_64_types.h).
enum StackIndex : u8 {
  kNoStack = 0,
  kStackFaultStack = 1,
  kDoubleFaultStack = 2,
  kNmiStack = 3,
  kDebugStack = 4,
  kMachineCheckStack = 5
};
inline constexpr int kExceptionStacks = 5;
inline constexpr u64 kIrqStackSize = 16384;

// Loads this CPU's GDT, TSS and the common IDT; its per-CPU area must be in GS.
void load_descriptors();
// Fills the IDT; once, on the boot CPU.
void init_idt();
// Leads a vector to an entry of its own, with interrupts off there.
void set_interrupt_gate(int vector, void (*entry)());
// The stack that ring 3 enters the kernel on from now on.
void set_kernel_stack(u64 top);

// [begin, end) of an exception stack of this CPU, 1-based as above.
struct StackRange {
  u64 begin, end;
};
StackRange exception_stack(int index);
StackRange irq_stack();

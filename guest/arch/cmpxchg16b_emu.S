// What CMPXCHG16B on this CPU's own data does, for processors without the instruction. Interrupts
// are off between comparison and exchange, so nothing on this CPU comes between; other CPUs are not
// kept out, as they are not by CMPXCHG16B without LOCK.
//   in:  RSI per-CPU address of the pair, RDX:RAX what it should hold, RCX:RBX what to store
//   out: AL 1 if it was stored, else 0; all other registers but RFLAGS keep their values
#include "guest/lib/probe.h"

  .section .cmpxchg16b_emu, "ax", @progbits
  .globl this_cpu_cmpxchg16b_emu
  .type this_cpu_cmpxchg16b_emu, @function
this_cpu_cmpxchg16b_emu:
  pushfq
  cli
  cmp %gs:(%rsi), %rax
  jne 1f
  cmp %gs:8(%rsi), %rdx
  jne 1f
  mov %rbx, %gs:(%rsi)
  mov %rcx, %gs:8(%rsi)
1:
  // ZF is still that of the last comparison.
  sete %al
  popfq
  STAP_PROBE "alternatives", "cmpxchg16b_emu", "8@%rsi 1@%al"
  ret
  .size this_cpu_cmpxchg16b_emu, . - this_cpu_cmpxchg16b_emu

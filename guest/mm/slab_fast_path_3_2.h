#pragma once

// The parts that the allocating functions of 3.2 share, as macros because each has them inline.
// Offsets are those of kmem_cache, kmem_cache_cpu (slab_def.h) and of this_cpu_off (percpu.h).
#include "guest/arch/alternative.h"
#include "guest/lib/probe.h"

#define CACHE_CPU_SLAB 0x00
#define CACHE_OBJECT_SIZE 0x1c
#define CACHE_OFFSET 0x20
#define CPU_FREELIST 0x00
#define CPU_TID 0x08
#define THIS_CPU_OFF 0xda50
#define GFP_ZERO 0x8000

// clang-format off

// A frame of 0x50 bytes with five saved registers.
  .macro SLAB_PROLOGUE
  push %rbp
  mov %rsp, %rbp
  push %r15
  push %r14
  push %r13
  push %r12
  push %rbx
  sub $0x28, %rsp
  .endm

  .macro SLAB_EPILOGUE
  add $0x28, %rsp
  pop %rbx
  pop %r12
  pop %r13
  pop %r14
  pop %r15
  pop %rbp
  ret
  .endm

// Takes the head of the CPU's free list of the cache in R12 into R13; goes to `slow` if there is
// none. Starts at `function` + `redo`.
  .macro SLAB_TAKE_FIRST function, redo, slow
.Lredo\@:
  mov CACHE_CPU_SLAB(%r12), %r8
  add %gs:THIS_CPU_OFF, %r8
  mov CPU_TID(%r8), %rdx
  mov CPU_FREELIST(%r8), %r13
  test %r13, %r13
  je.d32 \slow
  movslq CACHE_OFFSET(%r12), %rax
  mov CACHE_CPU_SLAB(%r12), %rsi
  lea 1(%rdx), %rcx
  // Refused by the assembler if the code before grows beyond this place.
  .org \function + \redo + 0x2a, 0x90
  mov 0x0(%r13,%rax,1), %rbx
  mov %r13, %rax
.Lemulated\@:
  call this_cpu_cmpxchg16b_emu
  nopl (%rax)
.Lemulated_end\@:
  test %al, %al
  je .Lredo\@
  // ZF for SLAB_FINISH; a probe leaves it alone.
  test %r13, %r13
  STAP_PROBE "slub", "alloc_fastpath", "8@%r12"
  .pushsection .altinstr_replacement, "a"
.Lreplacement\@:
  cmpxchg16b %gs:(%rsi)
  sete %al
.Lreplacement_end\@:
  .popsection
  ALTERNATIVE_ENTRY .Lemulated\@, .Lemulated_end\@, .Lreplacement\@, .Lreplacement_end\@, X86_FEATURE_CX16
  .endm

// The rest: clearing, and the way through __slab_alloc that begins at `slow`. ZF: there is no object.
  .macro SLAB_FINISH slow
.Lgot\@:
  je .Ldone\@
  test $GFP_ZERO, %r15d
  jne .Lclear\@
.Ldone\@:
  // call_site, ptr, bytes_req (SIZE_SLOT), bytes_alloc (kmem_cache::size), gfp_flags
  STAP_PROBE "kmem", "kmalloc", "8@8(%rbp) 8@%r13 8@-56(%rbp) -4@24(%r12) 4@%r15d"
  mov %r13, %rax
  SLAB_EPILOGUE
.Lclear\@:
  mov %r13, %rdi
  xor %esi, %esi
  movslq CACHE_OBJECT_SIZE(%r12), %rdx
  call __memset
  jmp .Ldone\@
\slow:
  // __slab_alloc(s, gfp, NUMA_NO_NODE, caller)
  mov %r14, %rcx
  or $-1, %edx
  mov %r15d, %esi
  mov %r12, %rdi
  call __slab_alloc
  mov %rax, %r13
  test %r13, %r13
  jmp .Lgot\@
  .endm
        // clang-format on

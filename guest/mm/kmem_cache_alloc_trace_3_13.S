// void* kmem_cache_alloc_trace(kmem_cache* s, gfp_t gfp, size_t size)
//
// The fast path of kmalloc with a constant size, in assembly because the oopses that the guest is to
// reproduce name places inside it: the function lies at 0xffffffff811af280 (link.ld) and is 0x1f0
// bytes long, the free pointer is loaded at +0x7c and exchanged at +0x84, and there
//   rax  kmem_cache::offset          r8   this CPU's kmem_cache_cpu
//   rdx  tid                         r9   return address of the caller
//   rcx  tid + 1                     r12  s        r15  s
//   rdi  kmem_cache::cpu_slab        r13  the object, head of the CPU's free list
//   rsi  gfp                         r14  gfp
// Offsets are those of kmem_cache, kmem_cache_cpu (slab_def.h) and of this_cpu_off (percpu.h).
#include "guest/arch/alternative.h"
#include "guest/lib/probe.h"

#define CACHE_CPU_SLAB 0x00
#define CACHE_OBJECT_SIZE 0x1c
#define CACHE_OFFSET 0x20
#define CPU_FREELIST 0x00
#define CPU_TID 0x08
#define CPU_PAGE 0x10
#define THIS_CPU_OFF 0xcce8
#define GFP_ZERO 0x8000
#define SIZE_SLOT -0x40

  .section .slab_text, "ax", @progbits
  .globl kmem_cache_alloc_trace
  .type kmem_cache_alloc_trace, @function
  .balign 16
kmem_cache_alloc_trace:
  push %rbp
  mov %rsp, %rbp
  push %r15
  push %r14
  push %r13
  push %r12
  push %rbx
  sub $0x28, %rsp
  mov %rdi, %r15
  mov %rdi, %r12
  mov %esi, %r14d
  mov %rdx, SIZE_SLOT(%rbp)
  mov 8(%rbp), %r9
  // Long no-ops up to the place from where the distance to the load at +0x7c comes out right.
  .nops kmem_cache_alloc_trace + 0x45 - .
.Lredo:
  mov CACHE_CPU_SLAB(%r12), %r8
  add %gs:THIS_CPU_OFF, %r8
  mov CPU_TID(%r8), %rdx
  mov CPU_FREELIST(%r8), %r13
  mov CPU_PAGE(%r8), %rax
  test %r13, %r13
  je.d32 .Lslow
  test %rax, %rax
  je.d32 .Lslow
  movslq CACHE_OFFSET(%r12), %rax
  mov CACHE_CPU_SLAB(%r12), %rdi
  lea 1(%rdx), %rcx
  // Refused by the assembler if the code before grows beyond these places.
  .org kmem_cache_alloc_trace + 0x7c, 0x90
  mov 0x0(%r13,%rax,1), %rbx
  mov %r13, %rax
  .org kmem_cache_alloc_trace + 0x84, 0x90
.Lemulated:
  lea (%rdi), %rsi
  call this_cpu_cmpxchg16b_emu
.Lemulated_end:
  test %al, %al
  je .Lredo
  // The object after next is wanted next time: fetch the word that will be loaded then.
  movslq CACHE_OFFSET(%r12), %rax
  prefetcht0 (%rbx,%rax,1)
  STAP_PROBE "slub", "alloc_fastpath", "8@%r12"
.Lgot:
  test $GFP_ZERO, %r14d
  jne .Lclear
.Ldone:
  // call_site, ptr, bytes_req (SIZE_SLOT), bytes_alloc (kmem_cache::size), gfp_flags
  STAP_PROBE "kmem", "kmalloc", "8@8(%rbp) 8@%r13 8@-64(%rbp) -4@24(%r12) 4@%r14d"
  mov %r13, %rax
  add $0x28, %rsp
  pop %rbx
  pop %r12
  pop %r13
  pop %r14
  pop %r15
  pop %rbp
  ret

.Lclear:
  test %r13, %r13
  je .Ldone
  mov %r13, %rdi
  xor %esi, %esi
  movslq CACHE_OBJECT_SIZE(%r12), %rdx
  call __memset
  jmp .Ldone

.Lslow:
  // __slab_alloc(s, gfp, NUMA_NO_NODE, caller)
  mov %r12, %rdi
  mov %r14d, %esi
  mov $-1, %edx
  mov %r9, %rcx
  call __slab_alloc
  mov %rax, %r13
  jmp .Lgot

  .org kmem_cache_alloc_trace + 0x1f0, 0x90
  .size kmem_cache_alloc_trace, . - kmem_cache_alloc_trace

  .section .altinstr_replacement, "a"
.Lreplacement:
  cmpxchg16b %gs:(%rdi)
  sete %al
.Lreplacement_end:
  ALTERNATIVE_ENTRY .Lemulated, .Lemulated_end, .Lreplacement, .Lreplacement_end, X86_FEATURE_CX16

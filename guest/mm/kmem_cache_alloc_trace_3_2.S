// void* kmem_cache_alloc_trace(kmem_cache* s, gfp_t gfp, size_t size)
//
// The fast path of kmalloc with a constant size, in assembly because the oopses that the guest is to
// reproduce name places inside it: the function lies at 0xffffffff81166520 (link.ld) and is 0x140
// bytes long, the free pointer is loaded at +0x5e and exchanged at +0x66. From +0x34 to +0x72 the
// instructions are those that the oopses of 3.2 show for its twin kmem_cache_alloc; there
//   rax  kmem_cache::offset          rdi  s            r14  return address of the caller
//   rdx  tid                         r8   this CPU's kmem_cache_cpu
//   rcx  tid + 1                     r12  s            r15  gfp
//   rsi  kmem_cache::cpu_slab        r13  the object, head of the CPU's free list
#include "guest/mm/slab_fast_path_3_2.h"

#define SIZE_SLOT -0x38

  .section .slab_text.kmem_cache_alloc_trace, "ax", @progbits
  .globl kmem_cache_alloc_trace
  .type kmem_cache_alloc_trace, @function
  .balign 16
kmem_cache_alloc_trace:
  SLAB_PROLOGUE
  mov %rdi, %r12
  mov %esi, %r15d
  mov %rdx, SIZE_SLOT(%rbp)
  mov 8(%rbp), %r14
  // Long no-ops up to the place from where the distance to the load at +0x5e comes out right.
  .nops kmem_cache_alloc_trace + 0x34 - .
  SLAB_TAKE_FIRST kmem_cache_alloc_trace, 0x34, .Lslow
  SLAB_FINISH .Lslow
  .org kmem_cache_alloc_trace + 0x140, 0x90
  .size kmem_cache_alloc_trace, . - kmem_cache_alloc_trace

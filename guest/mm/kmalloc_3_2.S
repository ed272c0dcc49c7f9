// void* __kmalloc(size_t size, gfp_t gfp)
//
// kmalloc of a size known when running. In assembly for the same reason as kmem_cache_alloc_trace,
// whose registers it has: it lies at 0xffffffff811660a0 and is 0x190 bytes long, the free pointer is
// loaded at +0x7b.
#include "guest/mm/slab_fast_path_3_2.h"

#define NUMA_NO_NODE -1
#define SIZE_SLOT -0x38

  .section .slab_text.kmalloc, "ax", @progbits
  .globl __kmalloc
  .type __kmalloc, @function
  .balign 16
__kmalloc:
  SLAB_PROLOGUE
  mov %rdi, SIZE_SLOT(%rbp)
  mov %esi, %r15d
  mov 8(%rbp), %r14
  call kmalloc_slab
  test %rax, %rax
  je.d32 .Llarge
  mov %rax, %r12
  mov %rax, %rdi
  .nops __kmalloc + 0x51 - .
  SLAB_TAKE_FIRST __kmalloc, 0x51, .Lslow
  SLAB_FINISH .Lslow
.Llarge:
  mov SIZE_SLOT(%rbp), %rdi
  mov %r15d, %esi
  mov $NUMA_NO_NODE, %edx
  call kmalloc_large
  SLAB_EPILOGUE
  .org __kmalloc + 0x190, 0x90
  .size __kmalloc, . - __kmalloc

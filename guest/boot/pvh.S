// Entry by the PVH protocol: 32-bit protected mode, flat segments, no paging, EBX = start info
// (Xen "x86/HVM direct boot ABI"). From here to 64-bit code at the kernel's own addresses.

#include "guest/arch/segments.h"

#define PHYS(symbol) (symbol - 0xffffffff80000000)
#define CR0_PE 0x00000001
#define CR0_BOOT 0x80050033 /* PG AM WP NE ET MP PE */
#define CR4_PAE 0x20
#define CR4_PGE 0x80
#define EFER 0xc0000080
#define EFER_LME (1 << 8)
#define EFER_NXE (1 << 11)
#define GS_BASE 0xc0000101
#define XEN_ELFNOTE_PHYS32_ENTRY 18
#define PAGE_TABLE_BITS 0x63   /* present, writable, accessed, dirty */
#define LARGE_PAGE_BITS 0xe3   /* and 2M */

    .section .note.Xen, "a", @note
    .balign 4
    .long 4, 4, XEN_ELFNOTE_PHYS32_ENTRY
    .asciz "Xen"
    .long PHYS(pvh_start)

    .section .head.text, "ax", @progbits
    .code32
    .globl pvh_start
    .type pvh_start, @function
pvh_start:
    cld
    cli
    lgdt PHYS(boot_gdt_pointer)
    mov $KERNEL_DS, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov $PHYS(init_stack + 8192), %esp
    mov %ebx, %ebp

    mov $PHYS(boot_pml4), %eax
    call enable_long_mode
    mov %ebp, %edi
    ljmp $KERNEL_CS, $PHYS(enter_kernel)
    .size pvh_start, . - pvh_start

// EAX = physical address of the page tables. Leaves paging on, in compatibility mode
// (SDM Vol. 3 §10.8.5). Clobbers EAX, EBX, ECX, EDX, ESI.
    .type enable_long_mode, @function
enable_long_mode:
    mov %eax, %cr3
    mov $(CR4_PAE | CR4_PGE), %eax
    mov %eax, %cr4
    mov $0x80000001, %eax
    cpuid
    mov %edx, %esi
    mov $EFER, %ecx
    rdmsr
    or $EFER_LME, %eax
    bt $20, %esi
    jnc 1f
    or $EFER_NXE, %eax
1:  wrmsr
    mov $CR0_BOOT, %eax
    mov %eax, %cr0
    ret
    .size enable_long_mode, . - enable_long_mode

    .code64
    .type enter_kernel, @function
enter_kernel:
    mov $kernel_entry, %rax
    jmp *%rax
    .size enter_kernel, . - enter_kernel

    .text
    .globl kernel_entry
    .type kernel_entry, @function
kernel_entry:
    xor %eax, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov %eax, %fs
    mov %eax, %gs
    // Until the areas of the CPUs exist, the image of the per-CPU section serves as this CPU's.
    mov $__per_cpu_load, %rax
    mov %rax, %rdx
    shr $32, %rdx
    mov $GS_BASE, %ecx
    wrmsr
    mov $init_stack + 8192, %rsp
    xor %ebp, %ebp
    mov %edi, %edi
    call start_kernel
1:  hlt
    jmp 1b
    .size kernel_entry, . - kernel_entry

    .section .rodata
    .balign 8
boot_gdt:
    .quad 0
    .quad 0x00cf9b000000ffff   // 32-bit code
    .quad 0x00af9b000000ffff   // 64-bit code
    .quad 0x00cf93000000ffff   // data
boot_gdt_pointer:
    .word . - boot_gdt - 1
    .long PHYS(boot_gdt)
    .long 0

// The first GiB three times: at its own address, in the direct map, and as kernel map.
    .data
    .balign 4096
boot_pml4:
    .quad PHYS(boot_low_pdpt) + PAGE_TABLE_BITS
    .fill 271, 8, 0
    .quad PHYS(boot_low_pdpt) + PAGE_TABLE_BITS    // ffff880000000000
    .fill 238, 8, 0
    .quad PHYS(boot_high_pdpt) + PAGE_TABLE_BITS   // ffffff8000000000
boot_low_pdpt:
    .quad PHYS(boot_pd) + PAGE_TABLE_BITS
    .fill 511, 8, 0
boot_high_pdpt:
    .fill 510, 8, 0
    .quad PHYS(boot_pd) + PAGE_TABLE_BITS          // ffffffff80000000
    .quad 0
boot_pd:
    .set frame, 0
    .rept 512
    .quad (frame << 21) + LARGE_PAGE_BITS
    .set frame, frame + 1
    .endr

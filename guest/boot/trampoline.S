// Where the other processors begin: copied to a page below 1 MiB, entered in real mode with CS = page
// / 16 and IP = 0 (SDM Vol. 3 §8.4.4.1). The words at its end are filled in by smp_boot.cpp.

#define CR0_PE 1
#define CR0_BOOT 0x80050033 /* PG AM WP NE ET MP PE */
#define CR4_PAE_PGE 0xa0
#define EFER 0xc0000080
#define CODE32 0x08
#define CODE64 0x10
#define DATA 0x18
#define GS_BASE 0xc0000101

    .section .rodata
    .balign 16
    .globl trampoline_start
trampoline_start:
    .code16
    cli
    cld
    mov %cs, %ax
    movzwl %ax, %ebx
    shl $4, %ebx            // where this page is
    mov %ax, %ds
    mov %ax, %ss
    movl $0xa5a5a5a5, trampoline_status - trampoline_start
    lgdtl trampoline_gdt_pointer - trampoline_start
    mov $CR0_PE, %eax
    mov %eax, %cr0
    ljmpl *(trampoline_jump32 - trampoline_start)

    .code32
trampoline_32:
    mov $DATA, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov (trampoline_cr3 - trampoline_start)(%ebx), %eax
    mov %eax, %cr3
    mov $CR4_PAE_PGE, %eax
    mov %eax, %cr4
    mov $EFER, %ecx
    mov (trampoline_efer - trampoline_start)(%ebx), %eax
    xor %edx, %edx
    wrmsr
    mov $CR0_BOOT, %eax
    mov %eax, %cr0
    ljmp *(trampoline_jump64 - trampoline_start)(%ebx)

    .code64
trampoline_64:
    mov $secondary_entry, %rax
    jmp *%rax

    .balign 8
trampoline_gdt:
    .quad 0
    .quad 0x00cf9b000000ffff
    .quad 0x00af9b000000ffff
    .quad 0x00cf93000000ffff
trampoline_gdt_pointer:
    .word trampoline_gdt_pointer - trampoline_gdt - 1
    .globl trampoline_gdt_base
trampoline_gdt_base:
    .long trampoline_gdt - trampoline_start
    .balign 4
    .globl trampoline_jump32
trampoline_jump32:
    .long trampoline_32 - trampoline_start
    .word CODE32
    .balign 4
    .globl trampoline_jump64
trampoline_jump64:
    .long trampoline_64 - trampoline_start
    .word CODE64
    .balign 4
    .globl trampoline_cr3
trampoline_cr3:
    .long 0
    .globl trampoline_efer
trampoline_efer:
    .long 0
    .globl trampoline_status
trampoline_status:
    .long 0
    .globl trampoline_end
trampoline_end:

    .text
    .globl secondary_entry
    .type secondary_entry, @function
secondary_entry:
    xor %eax, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %fs
    mov %eax, %gs
    mov secondary_gs(%rip), %rax
    mov %rax, %rdx
    shr $32, %rdx
    mov $GS_BASE, %ecx
    wrmsr
    mov secondary_stack(%rip), %rsp
    xor %ebp, %ebp
    call start_secondary
    ud2
    .size secondary_entry, . - secondary_entry

// PVH entry (Xen "x86/HVM direct boot ABI"), the way to 64-bit mode, and the stubs of the IDT.

#define CODE32 0x08
#define CODE64 0x10
#define DATA 0x18

    .section .note.Xen, "a", @note
    .balign 4
    .long 4, 4, 18                      // XEN_ELFNOTE_PHYS32_ENTRY
    .asciz "Xen"
    .long pvh_start

    .text
    .code32
    .globl pvh_start
pvh_start:
    cld
    cli
    lgdt start_gdt_pointer
    mov $DATA, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov $stack_top, %esp
    mov $start_pml4, %eax
    mov %eax, %cr3
    mov $0x20, %eax                     // PAE
    mov %eax, %cr4
    mov $0xc0000080, %ecx
    rdmsr
    or $0x901, %eax                     // SCE, LME, NXE
    wrmsr
    mov $0x80010033, %eax               // PG, WP, NE, ET, MP, PE
    mov %eax, %cr0
    ljmp $CODE64, $start64

    .code64
start64:
    mov $stack_top, %rsp
    call run_all
1:  hlt
    jmp 1b

    .data
    .balign 8
start_gdt:
    .quad 0
    .quad 0x00cf9b000000ffff
    .quad 0x00af9b000000ffff
    .quad 0x00cf93000000ffff
start_gdt_pointer:
    .word . - start_gdt - 1
    .long start_gdt

    .balign 4096
    .globl start_pml4, start_pdpt, start_pd
start_pml4:
    .quad start_pdpt + 0x67
    .fill 511, 8, 0
start_pdpt:
    .quad start_pd + 0x67
    .fill 511, 8, 0
start_pd:                               // 2 MiB pages; only 0x800000 is open to user code
    .set frame, 0
    .rept 512
    .quad (frame << 21) + 0xe3 + ((frame == 4) & 4)
    .set frame, frame + 1
    .endr

    .bss
    .balign 16
    .skip 32768
stack_top:

// Stubs push what the processor does not: an error code of 0 where there is none, and the vector.
    .text
    .globl stubs
    .balign 16
stubs:
    .set number, 0
    .rept 256
    .balign 16
    .if !(number == 8 || (number >= 10 && number <= 14) || number == 17)
    push $0
    .endif
    push $number
    jmp common
    .set number, number + 1
    .endr

common:
    push %rax
    push %rcx
    push %rdx
    push %rbx
    push %rbp
    push %rsi
    push %rdi
    push %r8
    push %r9
    push %r10
    push %r11
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, %rdi
    mov %rsp, %rbx
    and $-16, %rsp
    cld
    call event
    mov %rbx, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %r11
    pop %r10
    pop %r9
    pop %r8
    pop %rdi
    pop %rsi
    pop %rbp
    pop %rbx
    pop %rdx
    pop %rcx
    pop %rax
    add $16, %rsp
    iretq

// void attempt_call(void (*function)(void*), void* argument, Resume* resume): a fault continues
// behind the call, on the same stack.
    .globl attempt_call
attempt_call:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    pushfq
    mov %rsp, 8(%rdx)
    lea 1f(%rip), %rax
    mov %rax, (%rdx)
    mov %rdi, %rax
    mov %rsi, %rdi
    mov %rdx, %rbp
    call *%rax
    jmp 2f
1:  mov $resume, %ebp
2:  movq $0, (%rbp)
    popfq
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret

// void enter_user(u64 rip, u64 rsp, u64 flags): does not return; ends by an event.
    .globl enter_user
enter_user:
    push $0x2b
    push %rsi
    push %rdx
    push $0x33
    push %rdi
    iretq

// Code that runs at level 3. Each piece ends with INT 80h, unless it faults before.

    .section .user, "awx", @progbits
.macro piece name
    .balign 16
    .globl \name
\name:
.endm

piece user_nothing
    int $0x80
piece user_hlt
    hlt
    int $0x80
piece user_cli
    cli
    int $0x80
piece user_read_cr0
    mov %cr0, %rax
    int $0x80
piece user_rdmsr
    mov $0xc0000080, %ecx
    rdmsr
    int $0x80
piece user_lgdt
    lgdt (%rsp)
    int $0x80
piece user_swapgs
    swapgs
    int $0x80
piece user_invlpg
    invlpg (%rsp)
    int $0x80
piece user_in
    mov $0x70, %edx
    in %dx, %al
    int $0x80
piece user_int_45
    int $0x45
    int $0x80
piece user_int3
    int3
    int $0x80
piece user_rdtsc
    rdtsc
    int $0x80
piece user_load_kernel
    mov 0x100000, %al
    int $0x80
piece user_call_kernel
    mov $0x100000, %eax
    call *%rax
    int $0x80
piece user_push_bad
    movabs $0x900000000000, %rsp
    push %rax
    int $0x80
piece user_pop_flags                    // tries to change IOPL and IF
    push $0x3202
    popfq
    int $0x80
piece user_iret_same                    // IRETQ to the same level
    mov %rsp, %rax
    push $0x2b
    push %rax
    push $0x3202
    push $0x33
    lea 1f(%rip), %rcx
    push %rcx
    iretq
1:  int $0x80
piece user_iret_inner                   // IRETQ to level 0
    mov %rsp, %rax
    push $0x18
    push %rax
    push $2
    push $0x10
    push $0x100000
    iretq
    int $0x80
piece user_syscall
    mov $0x123, %ecx
    syscall
    .globl user_syscall_next
user_syscall_next:
    int $0x80
piece user_segments                     // ES and FS as they arrive at level 3
    mov %es, %ecx
    mov %fs, %r11d
    int $0x80
piece user_load_ds_kernel
    mov $0x18, %eax
    mov %eax, %ds
    int $0x80
piece user_unaligned                    // AC is set by whoever starts this
    mov -7(%rsp), %eax
    int $0x80
piece user_aligned
    mov -8(%rsp), %eax
    int $0x80
    .code32
piece user_compat                       // 32-bit code in compatibility mode
    mov $0x12345678, %eax
    push %eax
    pop %ecx
    inc %ecx
    int $0x80
piece user_compat_syscall
    syscall
    int $0x80
    .code64

    .text
    .globl syscall_entry
syscall_entry:
    int $0x81
// void run_compat(u64* result): 32-bit code at level 0 and back.
    .globl run_compat
run_compat:
    push %rbx
    mov %rsp, %rbx
    ljmp *far32(%rip)
    .code32
compat:
    mov $0x7fffffff, %eax
    inc %eax                            // opcode 40h: a REX prefix in 64-bit mode
    ljmp $0x10, $back
    .code64
back:
    mov %rbx, %rsp
    mov %rax, (%rdi)
    pop %rbx
    ret
    .data
far32:
    .long compat
    .word 0x08

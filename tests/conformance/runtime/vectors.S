// The entries of the IDT, and the call whose faults are caught.

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
    push %rdx
    mov %rsp, 8(%rdx)
    lea 1f(%rip), %rax
    mov %rax, (%rdx)
    mov %rdi, %rax
    mov %rsi, %rdi
    sub $8, %rsp
    call *%rax
    add $8, %rsp
1:  pop %rdx
    movq $0, (%rdx)
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

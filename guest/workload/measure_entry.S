// Entries of the measuring vectors.

// An interrupt whose arrival is the time of its first instructions; it goes on as any other does.
    .text
    .balign 16
    .globl measure_interrupt_entry
    .type measure_interrupt_entry, @function
measure_interrupt_entry:
    push %rax
    push %rdx
    rdtsc
    shl $32, %rdx
    or %rdx, %rax
    testb $3, 24(%rsp)
    jnz 2f
    mov %rax, %gs:measure_arrival
1:  pop %rdx
    pop %rax
    push $~0xf7
    jmp common_interrupt
2:  swapgs
    mov %rax, %gs:measure_arrival
    swapgs
    jmp 1b
    .size measure_interrupt_entry, . - measure_interrupt_entry

// A gate that leads straight back.
    .balign 16
    .globl measure_gate_entry
    .type measure_gate_entry, @function
measure_gate_entry:
    iretq
    .size measure_gate_entry, . - measure_gate_entry

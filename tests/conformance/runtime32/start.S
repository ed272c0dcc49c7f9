// Entry of a 32-bit program, by Multiboot 1: protected mode, flat segments, no paging. One
// processor; of events only #GP is caught.

    .section .multiboot, "a", @progbits
    .balign 4
    .long 0x1BADB002, 0, -0x1BADB002    // magic, flags, checksum (Multiboot 0.6.96 §3.1.1)

    .text
    .globl start
start:
    cli
    cld
    lgdt gdt_pointer
    ljmp $0x08, $1f
1:  mov $0x10, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov $stack_top, %esp
    mov $protection_entry, %eax         // gate 13: its offset in two halves
    mov %ax, idt + 13 * 8
    shr $16, %eax
    mov %ax, idt + 13 * 8 + 6
    lidt idt_pointer
    call run_program
2:  hlt
    jmp 2b

// bool guarded_write_msr(u32 index, u32 low, u32 high): false if it is refused.
    .globl guarded_write_msr
guarded_write_msr:
    mov 4(%esp), %ecx
    mov 8(%esp), %eax
    mov 12(%esp), %edx
    movl $1f, resume
    wrmsr
    movl $0, resume
    mov $1, %eax
    ret
1:  xor %eax, %eax
    ret

protection_entry:
    add $4, %esp                        // the error code
    push %eax
    mov resume, %eax
    movl $0, resume
    test %eax, %eax
    jz 3f
    mov %eax, 4(%esp)
    pop %eax
    iret
3:  call unexpected_fault

    .data
    .balign 8
gdt:
    .quad 0
    .quad 0x00cf9b000000ffff
    .quad 0x00cf93000000ffff
gdt_pointer:
    .word gdt_pointer - gdt - 1
    .long gdt
idt:
    .fill 13, 8, 0
    .quad 0x00008e0000080000            // 32-bit interrupt gate; start fills in the offset
idt_pointer:
    .word idt_pointer - idt - 1
    .long idt
    .balign 4
resume:
    .long 0

    .bss
    .balign 16
    .skip 16384
stack_top:

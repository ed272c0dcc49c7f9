// Ways into the kernel and out of it. All of them leave a complete pt_regs on the stack.

#include "guest/arch/segments.h"

#define R15 0
#define R14 8
#define R13 16
#define R12 24
#define RBP 32
#define RBX 40
#define R11 48
#define R10 56
#define R9 64
#define R8 72
#define RAX 80
#define RCX 88
#define RDX 96
#define RSI 104
#define RDI 112
#define ORIG_RAX 120
#define RIP 128
#define CS 136
#define EFLAGS 144
#define RSP 152
#define SS 160
#define GS_BASE 0xc0000101
#define ENOSYS 38

.macro ENTRY name
    .balign 16
    .globl \name
    .type \name, @function
\name:
.endm

.macro END name
    .size \name, . - \name
.endm

.macro PUSH_REGISTERS rax=%rax
    push %rdi
    push %rsi
    push %rdx
    push %rcx
    push \rax
    push %r8
    push %r9
    push %r10
    push %r11
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
.endm

.macro POP_REGISTERS
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    pop %r11
    pop %r10
    pop %r9
    pop %r8
    pop %rax
    pop %rcx
    pop %rdx
    pop %rsi
    pop %rdi
.endm

    .text

// An exception on the interrupted stack or, from ring 3, on the task's.
.macro EXCEPTION name handler has_error=0
ENTRY \name
    .if \has_error == 0
    push $-1
    .endif
    PUSH_REGISTERS
    cld
    testb $3, CS(%rsp)
    jz 1f
    swapgs
1:  mov %rsp, %rdi
    mov ORIG_RAX(%rsp), %rsi
    .if \has_error == 0
    xor %esi, %esi
    .endif
    movq $-1, ORIG_RAX(%rsp)
    call \handler
    jmp return_from_exception
END \name
.endm

// One with a stack of its own: it may strike between the entry from ring 3 and SWAPGS, so the sign of
// the GS base tells whose it is.
.macro PARANOID_EXCEPTION name handler has_error=0
ENTRY \name
    .if \has_error == 0
    push $-1
    .endif
    PUSH_REGISTERS
    cld
    testb $3, CS(%rsp)
    jz 3f
    // From ring 3 the task's own stack is free, and the handler may want to sleep or to end the task.
    swapgs
    mov %rsp, %rdi
    call copy_to_task_stack
    mov %rax, %rsp
    mov %rax, %rdi
    mov ORIG_RAX(%rsp), %rsi
    .if \has_error == 0
    xor %esi, %esi
    .endif
    movq $-1, ORIG_RAX(%rsp)
    call \handler
    jmp return_from_exception
3:  mov $1, %ebx
    mov $GS_BASE, %ecx
    rdmsr
    test %edx, %edx
    js 1f
    swapgs
    xor %ebx, %ebx
1:  mov %rsp, %rdi
    mov ORIG_RAX(%rsp), %rsi
    .if \has_error == 0
    xor %esi, %esi
    .endif
    movq $-1, ORIG_RAX(%rsp)
    call \handler
    test %ebx, %ebx
    jnz 2f
    swapgs
2:  POP_REGISTERS
    add $8, %rsp
    iretq
END \name
.endm

EXCEPTION divide_error, do_divide_error
PARANOID_EXCEPTION debug, do_debug
PARANOID_EXCEPTION nmi, do_nmi
PARANOID_EXCEPTION int3, do_int3
EXCEPTION overflow, do_overflow
EXCEPTION bounds, do_bounds
EXCEPTION invalid_op, do_invalid_op
EXCEPTION device_not_available, do_device_not_available
PARANOID_EXCEPTION double_fault, do_double_fault, 1
EXCEPTION coprocessor_segment_overrun, do_coprocessor_segment_overrun
EXCEPTION invalid_TSS, do_invalid_TSS, 1
EXCEPTION segment_not_present, do_segment_not_present, 1
PARANOID_EXCEPTION stack_segment, do_stack_segment, 1
EXCEPTION general_protection, do_general_protection, 1
EXCEPTION page_fault, do_page_fault, 1
EXCEPTION coprocessor_error, do_coprocessor_error
EXCEPTION alignment_check, do_alignment_check, 1
PARANOID_EXCEPTION machine_check, do_machine_check
EXCEPTION simd_coprocessor_error, do_simd_coprocessor_error

ENTRY return_from_exception
    cli
    testb $3, CS(%rsp)
    jz restore_registers
    jmp return_to_ring3
END return_from_exception

// To ring 3 by IRETQ, after a look whether another task waits. RSP = pt_regs, interrupts off.
ENTRY return_to_ring3
    cmpb $0, %gs:need_resched_flag
    jz 1f
    sti
    call schedule
    cli
    jmp return_to_ring3
1:  swapgs
restore_registers:
    POP_REGISTERS
    add $8, %rsp
irq_return:
    iretq
END return_to_ring3

// void return_to_user(pt_regs*)
ENTRY return_to_user
    cli
    mov %rdi, %rsp
    jmp return_to_ring3
END return_to_user

// Interrupts: the stubs leave ~vector, so that no number looks like a system call.
    .section .rodata
    .balign 8
    .globl interrupt_entries
interrupt_entries:
    .text
    .balign 16
    .globl irq_entries_start
    .type irq_entries_start, @function
irq_entries_start:
    .set vector, 32
    .rept 224
    .balign 8
1:  push $~vector
    jmp common_interrupt
    .pushsection .rodata
    .quad 1b
    .popsection
    .set vector, vector + 1
    .endr
END irq_entries_start

ENTRY common_interrupt
    PUSH_REGISTERS
    cld
    testb $3, CS(%rsp)
    jz 1f
    swapgs
1:  mov %rsp, %rdi
    // The outermost interrupt moves to the interrupt stack and leaves the way back at its top.
    incl %gs:irq_count
    cmovz %gs:irq_stack_ptr, %rsp
    push %rdi
    call do_IRQ
    pop %rsp
    decl %gs:irq_count
    jmp return_from_exception
END common_interrupt

// SYSCALL: RCX = user RIP, R11 = user RFLAGS, RSP still the user's, interrupts masked by
// IA32_FMASK (SDM Vol. 2, SYSCALL).
ENTRY system_call
    swapgs
    mov %rsp, %gs:old_rsp
    mov %gs:kernel_stack, %rsp
    push $USER_DS
    push %gs:old_rsp
    push %r11
    push $USER_CS
    push %rcx
    push %rax
    PUSH_REGISTERS $-ENOSYS
    cld
    sti
    cmp nr_syscalls(%rip), %rax
    jae system_call_return
    mov %r10, %rcx
    mov sys_call_table(, %rax, 8), %rax
    test %rax, %rax
    jz system_call_return
    call *%rax
    mov %rax, RAX(%rsp)
system_call_return:
    cli
    cmpb $0, %gs:need_resched_flag
    jz 1f
    sti
    call schedule
    jmp system_call_return
1:  // SYSRET would fault in ring 0 on a return address that is not canonical.
    mov RIP(%rsp), %rcx
    mov %rcx, %rax
    shr $47, %rax
    jnz return_to_ring3
    POP_REGISTERS
    mov 8(%rsp), %rcx
    mov 24(%rsp), %r11
    mov 32(%rsp), %rsp
    swapgs
    sysretq
END system_call

// Enters sys_execve with the frame of the caller complete; the frame may be another one afterwards,
// hence IRETQ. The return address into system_call goes, so this is the outermost frame of a trace.
ENTRY stub_execve
    add $8, %rsp
    movq $-1, RCX(%rsp)
    movq ORIG_RAX(%rsp), %rax
    mov %rax, RAX(%rsp)
    call sys_execve
    mov %rax, RAX(%rsp)
    cli
    jmp return_to_ring3
END stub_execve

// void context_switch(u64* save_sp, u64 next_sp): keeps what a function must keep, on the stack.
ENTRY context_switch
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, (%rdi)
    mov %rsi, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret
END context_switch

// Where a new task begins: the first switch to it returns here.
ENTRY ret_from_fork
    xor %ebp, %ebp
    call task_begin
END ret_from_fork
    ud2

    .section .rodata
    .balign 8
    .globl exception_entries
exception_entries:
    .quad divide_error, debug, nmi, int3, overflow, bounds, invalid_op, device_not_available
    .quad double_fault, coprocessor_segment_overrun, invalid_TSS, segment_not_present
    .quad stack_segment, general_protection, page_fault, 0
    .quad coprocessor_error, alignment_check, machine_check, simd_coprocessor_error
    .fill 12, 8, 0

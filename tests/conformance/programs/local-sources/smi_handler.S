// The handler at SMBASE + 8000H, where no firmware has put its own: it counts, and sends a message
// by the xAPIC page as often as `smi_messages` says. In the state of SDM Vol. 3 table 32-4: 16-bit
// code, flat data. RSM brings all registers back.
    .text
    .globl smi_handler, smi_handler_end
    .code16
smi_handler:
    xorl %eax, %eax
    movl %eax, %ds
    movl $smis_handled, %ebx
    incl (%ebx)
    movl $smi_messages, %ebx
    movl (%ebx), %ecx
    movl %eax, (%ebx)
    movl $smi_message, %ebx
    movl (%ebx), %eax
    movl $0xFEE00300, %ebx
    jecxz 2f
1:  movl %eax, (%ebx)
    decl %ecx
    jnz 1b
2:  rsm
smi_handler_end:

    .data
    .balign 4
    .globl smis_handled, smi_message, smi_messages
smis_handled:
    .long 0
smi_message:
    .long 0
smi_messages:
    .long 0

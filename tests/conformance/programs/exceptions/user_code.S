// What runs at level 3.
    .section .user, "awx"
    .globl user_undefined, user_software, user_stack_end
user_undefined:
    ud2
user_software:
    int $0x80
    .balign 4096
    .skip 4096
user_stack_end:

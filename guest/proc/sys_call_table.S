// System calls by number (arch/x86/syscalls/syscall_64.tbl). Null: not there, -ENOSYS.
#define NR_SYSCALLS 232

.macro entry number, function
  .org sys_call_table + \number * 8, 0
  .quad \function
.endm

  .section .rodata.sys_call_table, "a", @progbits
  .globl sys_call_table, nr_syscalls
  .balign 8
  .type sys_call_table, @object
sys_call_table:
  entry 0, sys_read
  entry 2, sys_open
  entry 3, sys_close
  entry 39, sys_getpid
  entry 59, stub_execve
  entry 60, sys_exit
  entry 231, sys_exit
  .org sys_call_table + NR_SYSCALLS * 8, 0
  .size sys_call_table, . - sys_call_table
nr_syscalls:
  .quad NR_SYSCALLS

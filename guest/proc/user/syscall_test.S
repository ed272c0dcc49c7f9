// /usr/bin/syscall-test: good and bad system calls. Ends with 0, or with the number of the first step
// whose result is not what it must be.
#include "guest/proc/user/elf_image.h"

#define SYS_READ 0
#define SYS_OPEN 2
#define SYS_CLOSE 3
#define SYS_GETPID 39
#define SYS_EXECVE 59
#define SYS_EXIT 60
#define NOT_A_CALL 500
#define NOT_MAPPED 0x10000
#define KERNEL_ADDRESS 0xffff880000000000
#define BEYOND_USER 0x00007fffffffffff

// One step: the call's arguments are in their registers; r12 counts.
.macro expect number, result
  inc %r12
  mov $\number, %eax
  syscall
  cmp $\result, %rax
  jne fail
.endm

ELF_BEGIN syscall_test
  xor %r12d, %r12d
  sub $64, %rsp
  // 1: the kernel's memory is not the process's to name.
  movabs $KERNEL_ADDRESS, %rdi
  xor %esi, %esi
  expect SYS_OPEN, -14
  // 2: nothing is mapped there.
  mov $NOT_MAPPED, %edi
  expect SYS_OPEN, -14
  // 3: the path runs over the end of user space.
  movabs $BEYOND_USER, %rdi
  expect SYS_OPEN, -14
  // 4: nor can a path be null.
  xor %edi, %edi
  expect SYS_OPEN, -14
  // 5, 6: an empty path, a missing file.
  lea empty(%rip), %rdi
  expect SYS_OPEN, -2
  lea missing(%rip), %rdi
  expect SYS_OPEN, -2
  // 7: a program that is none; 8: a file without permission to execute.
  lea not_elf(%rip), %rdi
  xor %esi, %esi
  xor %edx, %edx
  expect SYS_EXECVE, -8
  lea hostname(%rip), %rdi
  expect SYS_EXECVE, -13
  // 9, 10: arguments that cannot be read: the array, then a string.
  lea self(%rip), %rdi
  mov $NOT_MAPPED, %esi
  expect SYS_EXECVE, -14
  movq $NOT_MAPPED, (%rsp)
  movq $0, 8(%rsp)
  mov %rsp, %rsi
  expect SYS_EXECVE, -14
  // 11, 12: descriptors that are not open.
  mov $63, %edi
  expect SYS_CLOSE, -9
  mov $-1, %rdi
  expect SYS_READ, -9
  // 13: no such call.
  expect NOT_A_CALL, -38
  // 14 - 18: a file, read to its end.
  lea hostname(%rip), %rdi
  xor %esi, %esi
  expect SYS_OPEN, 0
  xor %edi, %edi
  mov $NOT_MAPPED, %esi
  mov $6, %edx
  expect SYS_READ, -14
  mov %rsp, %rsi
  mov $64, %edx
  expect SYS_READ, 6
  expect SYS_READ, 0
  expect SYS_CLOSE, 0
  // 19: what was read.
  inc %r12
  cmpl $0x73657567, (%rsp)
  jne fail
  // 20: a directory opens, but cannot be read.
  lea directory(%rip), %rdi
  xor %esi, %esi
  expect SYS_OPEN, 0
  xor %edi, %edi
  mov %rsp, %rsi
  expect SYS_READ, -21
  // 22: registers that a call must keep, and rcx and r11 as SYSCALL leaves them.
  inc %r12
  mov $0x1122334455667788, %rbx
  mov %rbx, %rbp
  mov %rbx, %r14
  mov %rbx, %r9
  mov $SYS_GETPID, %eax
  syscall
after_call:
  cmp %rbx, %rbp
  jne fail
  cmp %rbx, %r14
  jne fail
  cmp %rbx, %r9
  jne fail
  lea after_call(%rip), %rdx
  cmp %rdx, %rcx
  jne fail
  test $0x200, %r11
  je fail
  xor %r12d, %r12d
fail:
  mov %r12, %rdi
  mov $SYS_EXIT, %eax
  syscall
empty:
  .byte 0
missing:
  .asciz "/usr/bin/missing"
not_elf:
  .asciz "/usr/bin/not-elf"
hostname:
  .asciz "/etc/../etc/./hostname"
self:
  .asciz "/usr/bin/syscall-test"
directory:
  .asciz "/usr"
ELF_END syscall_test
